"""Check packs: what is wrong, as YAML records; loading one checks it against the schema.

- id: aws-ebs-encrypted
  title: EBS volume is not encrypted
  severity: high                    # low, medium, high, critical
  subject: AWSEBSVolume             # one label; what is judged
  query: |                          # returns the offenders' ids as `asset`, and `why`
    MATCH (v:AWSEBSVolume {encrypted: false})
    RETURN v.id AS asset, 'its storage is not encrypted' AS why
  remediation: …                    # what to do about it
  references: [https://…]
  tags: [encryption]
  controls: {cis-aws-5.0: ['5.1.1']}
  population: |                     # optional: which of the subjects are judged at all
    MATCH (v:AWSEBSVolume) WHERE v.state <> 'deleting' RETURN v.id AS asset
  reach: account                    # optional: region, account or estate; how far the query looks
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path
from typing import Any

from cloudwarden.core.errors import DeclarationError
from cloudwarden.core.packs import is_texts, load_packs, read_records

#: From the least to the most severe.
SEVERITIES = ("low", "medium", "high", "critical")

_REQUIRED = ("id", "title", "severity", "subject", "query", "remediation")
_OPTIONAL = ("description", "references", "tags", "controls", "population", "reach", "ladder")

#: How far from its subject a query looks: into the subject's region (and what has none), into
#: the whole account, into every account. A subject without a region sees its whole account.
REACHES = ("region", "account", "estate")


@dataclass(frozen=True, slots=True)
class Check:
    """A declaration that finds what is wrong.

    `query` returns `asset`, the id of an offender among the nodes of `subject`, and `why`.
    `population` returns `asset`, the ids that are judged; without it, every node of `subject`.
    `reach` is one of `REACHES`: where something must have been read for the answer to stand.
    `controls` maps a framework's id to the ids of its controls.
    """

    id: str
    title: str
    severity: str
    subject: str
    query: str
    remediation: str
    description: str = ""
    references: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    controls: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    population: str = ""
    reach: str = "region"
    ladder: str = ""
    pack: str = ""
    where: str = ""


def load_checks(paths: Sequence[Path] = (), *, extra: Iterable[Path] = ()) -> list[Check]:
    """The checks of the packs in `paths` (files or folders), or of the built-in ones if none.

    `extra` are folders of the user's own packs (their `checks/`); one that does not exist holds
    none. Raises `DeclarationError` naming file and check.
    """
    return load_packs("checks", load_pack, attrgetter("id"), paths, extra)


def load_pack(file: Path) -> list[Check]:
    """The checks of one file. Raises `DeclarationError`."""
    return [_check(record, where, file.stem) for record, where in read_records(file)]


def _check(record: Any, where: str, pack: str) -> Check:
    if not isinstance(record, dict):
        raise DeclarationError("a check is a record with an id and a query", where)
    unknown = set(record) - {*_REQUIRED, *_OPTIONAL}
    if unknown:
        raise DeclarationError(f"a check has no {', '.join(sorted(map(str, unknown)))}", where)
    for key in _REQUIRED:
        if not isinstance(record.get(key), str) or not record[key].strip():
            raise DeclarationError(f"{record.get('id', 'the check')} lacks its {key}", where)
    if record["severity"] not in SEVERITIES:
        raise DeclarationError(f"{record['id']}: severity is one of {', '.join(SEVERITIES)}", where)
    if record.get("reach", REACHES[0]) not in REACHES:
        raise DeclarationError(f"{record['id']}: reach is one of {', '.join(REACHES)}", where)
    controls = record.get("controls") or {}
    if not isinstance(controls, dict) or not all(is_texts(ids) for ids in controls.values()):
        raise DeclarationError(f"{record['id']}: controls maps a framework to a list of ids", where)
    for key in ("references", "tags"):
        if not is_texts(record.get(key, [])):
            raise DeclarationError(f"{record['id']}: {key} is a list of texts", where)
    return Check(
        id=record["id"],
        title=record["title"],
        severity=record["severity"],
        subject=record["subject"],
        query=record["query"],
        remediation=record["remediation"].strip(),
        description=record.get("description", "").strip(),
        references=tuple(record.get("references", ())),
        tags=tuple(record.get("tags", ())),
        controls={str(name): tuple(ids) for name, ids in controls.items()},
        population=record.get("population", ""),
        reach=record.get("reach", REACHES[0]),
        ladder=record.get("ladder", ""),
        pack=pack,
        where=where,
    )
