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
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from cloudwarden.core.errors import DeclarationError

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
    files = [file for path in paths for file in _files(path, must_exist=True)]
    if not paths:
        files = _files(_builtin(), must_exist=True)
    files += [file for path in extra for file in _files(path / "checks", must_exist=False)]
    checks: dict[str, Check] = {}
    for file in files:
        for check in load_pack(file):
            if check.id in checks:
                raise DeclarationError(
                    f"check {check.id} is also in {checks[check.id].where}", check.where
                )
            checks[check.id] = check
    return list(checks.values())


def load_pack(file: Path) -> list[Check]:
    """The checks of one file. Raises `DeclarationError`."""
    try:
        records = yaml.safe_load(file.read_bytes())
    except yaml.YAMLError as error:
        raise DeclarationError(f"not a pack: {error}", str(file)) from error
    except OSError as error:
        raise DeclarationError(f"cannot be read: {error.strerror}", str(file)) from error
    if not isinstance(records, list):
        raise DeclarationError("a pack is a list of checks", str(file))
    return [_check(record, f"{file}:{n}", file.stem) for n, record in enumerate(records, 1)]


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
    if not isinstance(controls, dict) or not all(_texts(ids) for ids in controls.values()):
        raise DeclarationError(f"{record['id']}: controls maps a framework to a list of ids", where)
    for key in ("references", "tags"):
        if not _texts(record.get(key, [])):
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


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _builtin() -> Path:
    with resources.as_file(resources.files("cloudwarden") / "packs" / "checks") as folder:
        return folder


def _files(path: Path, *, must_exist: bool) -> list[Path]:
    if path.is_file():
        return [path]
    if not path.is_dir():
        if must_exist:
            raise DeclarationError("there is no such pack", str(path))
        return []
    return sorted(p for p in path.iterdir() if p.suffix in {".yaml", ".yml"})
