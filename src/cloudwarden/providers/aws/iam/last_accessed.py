"""Which services each user and role tried to use, and when.

IAM writes a report a principal, on demand: all are started before the first is fetched, so that
most are ready by then; one that is not is asked for again (see `errors`). What fails is said of
that principal's report: it never reads as "not used".
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from sys import intern
from typing import TYPE_CHECKING, Any, Final

from cloudwarden.core.clock import format_moment
from cloudwarden.core.json import dumps
from cloudwarden.schema.records import Asset, Failure, Relation, Verdict

if TYPE_CHECKING:
    from cloudwarden.providers.aws.reader import ReadContext
    from cloudwarden.providers.base import Answer, Request, Steps

    Asking = Generator[Sequence[Request], Sequence[Answer], None]

PRINCIPALS = "iam:GetAccountAuthorizationDetails"
START = "iam:GenerateServiceLastAccessedDetails"
FETCH = "iam:GetServiceLastAccessedDetails"

OPERATIONS = (PRINCIPALS, START, FETCH)

#: Properties that move without anybody having gained or lost anything.
MOVING: Final = (
    "unused_services",
    "services",
    "job_completion_date",
    "last_accessed_service_name",
    "last_accessed_service_namespace",
    "last_authenticated",
    "last_authenticated_entity",
    "last_authenticated_region",
)

_LABEL = "AWSServiceLastAccessed"

#: A principal deleted since the list was read has no report; that is a fact.
_GONE = ("NoSuchEntity",)

_PAGE = 1000
#: Reports name hundreds of services each: no more than so many are held as they came.
_AT_ONCE = 100

Document = Mapping[str, Any]


@dataclass(slots=True)
class _Report:
    """One principal's report on its way."""

    label: str
    arn: str
    name: str
    job: str = ""
    marker: str = ""
    pages: list[Document] = field(default_factory=list)
    properties: Mapping[str, Any] = field(default_factory=dict)
    unread: dict[str, Failure] = field(default_factory=dict)


def read(context: ReadContext) -> Steps:
    """List users and roles, have every report written, and fetch them."""
    reports = yield from _listed(context)
    # Where the service does not offer it at all, one call says so for everybody.
    yield from _start(context, reports[:1])
    lacking = next((f for r in reports[:1] for f in r.unread.values()), None)
    if lacking is not None and lacking.verdict is Verdict.UNSUPPORTED:
        context.incomplete(START, lacking)
        return context.reading(())
    yield from _start(context, reports[1:])
    started = [report for report in reports if report.job]
    for first in range(0, len(started), _AT_ONCE):
        yield from _fetch(context, started[first : first + _AT_ONCE])
    return context.reading(
        _asset(context, report) for report in reports if report.job or report.unread
    )


def _listed(context: ReadContext) -> Generator[Sequence[Request], Sequence[Answer], list[_Report]]:
    """A report to be for each user and role; what else the list tells is let go of."""
    listed = yield from context.paginate(PRINCIPALS, Filter=["User", "Role"], MaxItems=_PAGE)
    return [
        _Report(label, one["Arn"], one[f"{kind}Name"])
        for label, kind in (("AWSUser", "User"), ("AWSRole", "Role"))
        for one in listed.items(f"{kind}DetailList")
    ]


def _start(context: ReadContext, reports: Sequence[_Report]) -> Asking:
    answers = yield from context.requests(
        [context.prepare(START, Arn=report.arn) for report in reports], absent=_GONE
    )
    for report, answer in zip(reports, answers, strict=True):
        if answer.failure is not None:
            report.unread[START] = answer.failure
        else:
            report.job = str((answer.document or {}).get("JobId") or "")


def _fetch(context: ReadContext, reports: Sequence[_Report]) -> Asking:
    """Fetch reports side by side, page by page, to their ends, and keep what matters of them."""
    fetched = reports
    while reports:
        answers = yield from context.requests([_page(context, report) for report in reports])
        unfinished = []
        for report, answer in zip(reports, answers, strict=True):
            failure = answer.failure or _failure(answer.document or {})
            if failure is not None:
                # Part of a report would read as if the rest had not been used.
                report.unread[FETCH] = failure
                report.pages.clear()
                continue
            document = answer.document or {}
            report.pages.append(document)
            marker = document.get("Marker") if document.get("IsTruncated") else None
            if marker and marker != report.marker:
                report.marker = marker
                unfinished.append(report)
        reports = unfinished
    for report in fetched:
        if report.pages:
            report.properties = _properties(report.pages)
            report.pages.clear()


def _page(context: ReadContext, report: _Report) -> Request:
    more = {"Marker": report.marker} if report.marker else {}
    return context.prepare(FETCH, JobId=report.job, MaxItems=_PAGE, **more)


def _failure(document: Document) -> Failure | None:
    """Why a report that was answered says nothing; None if it does."""
    status = document.get("JobStatus")
    if status == "COMPLETED":
        return None
    error = document.get("Error") or {}
    code = error.get("Code") or f"Job{str(status or 'Unknown').title().replace('_', '')}"
    words = error.get("Message") or f"the report's job is {status or 'in no known state'}"
    return Failure(Verdict.FAILED, str(code), str(words))


def _asset(context: ReadContext, report: _Report) -> Asset:
    return context.asset(
        _LABEL,
        {},
        id_=f"{report.arn}/last_accessed",
        name=report.name,
        properties=report.properties,
        relations=(Relation("SERVICE_LAST_ACCESSED", report.label, report.arn, incoming=True),),
        unread=report.unread,
    )


def _properties(pages: Sequence[Document]) -> dict[str, Any]:
    services = [one for page in pages for one in page.get("ServicesLastAccessed") or ()]
    used = sorted(
        (one for one in services if one.get("LastAuthenticated")),
        key=lambda one: (_moment(one["LastAuthenticated"]), one["ServiceNamespace"]),
        reverse=True,
    )
    found = {
        # The same names come again in every report.
        "used_services": sorted(intern(one["ServiceNamespace"]) for one in used),
        "unused_services": sorted(
            intern(one["ServiceNamespace"]) for one in services if not one.get("LastAuthenticated")
        ),
        "services": dumps([_service(one) for one in used]),
        "job_completion_date": _moment(pages[0].get("JobCompletionDate")),
    }
    if used:
        latest = used[0]
        found |= {
            "last_accessed_service_name": latest.get("ServiceName"),
            "last_accessed_service_namespace": latest["ServiceNamespace"],
            "last_authenticated": _moment(latest["LastAuthenticated"]),
            "last_authenticated_entity": latest.get("LastAuthenticatedEntity"),
            "last_authenticated_region": latest.get("LastAuthenticatedRegion"),
        }
    return {name: value for name, value in found.items() if value is not None}


def _service(one: Document) -> dict[str, Any]:
    return {
        "service": one["ServiceNamespace"],
        "name": one.get("ServiceName"),
        "last_used": _moment(one["LastAuthenticated"]),
        "region": one.get("LastAuthenticatedRegion"),
    }


def _moment(value: Any) -> str | None:
    if isinstance(value, datetime):
        return format_moment(value)
    return str(value) if value else None
