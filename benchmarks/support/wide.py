"""A sealed generation of 300 labels, kept between runs: the estate, and 275 kinds of small things.

It is built from documents without an inventory between, and kept in the temporary folder under a
key of its size and of the code that makes it. Only the newest of a size is kept (some 700 MB for a
million assets), so that nothing piles up.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from benchmarks.support import estate
from benchmarks.support.estate import KINDS, READ, Edge, Estate, Kind

import cloudwarden.graph.build
from cloudwarden.core.clock import FixedClock
from cloudwarden.core.errors import GraphError
from cloudwarden.graph.generation import Generation
from cloudwarden.graph.generations import Generations
from cloudwarden.inventory.document import make_state
from cloudwarden.inventory.records import AssetDocument

LABELS = 300
_PREFIX = "cloudwarden-bench-wide-"
_BATCH = 5_000


def kinds() -> tuple[Kind, ...]:
    """The estate's kinds, then small ones that point to roles, groups and to each other in turn."""
    others = LABELS - len(KINDS) - len(("AWSAccount", "AWSTag", "AWSIpRange", "AWSRootPrincipal"))
    names = [f"AWSThing{number:03d}" for number in range(others)]
    things = tuple(
        Kind(
            name,
            0.5,
            f"thing-{number}-{{n}}",
            "arn:s name:s state:s size:i enabled:b createdate:s",
            (
                Edge("USES_ROLE", "AWSRole"),
                Edge("MEMBER_OF_EC2_SECURITY_GROUP", "AWSEC2SecurityGroup", every=2),
                Edge("FEEDS", names[(number + 1) % others]),
            ),
            tagged=number % 2 == 0,
        )
        for number, name in enumerate(names)
    )
    return tuple(_connected(kind) for kind in KINDS) + things


def _connected(kind: Kind) -> Kind:
    """Instances that talk to each other, whoever owns them, and to what they keep data in."""
    if kind.label != "AWSEC2Instance":
        return kind
    talks = (
        Edge("CONNECTS_TO", "AWSEC2Instance", 3, scatter=True),
        Edge("READS_FROM", "AWSRDSInstance", scatter=True),
    )
    return replace(kind, edges=kind.edges + talks)


def generation(size: int) -> Generation:
    """The generation of `size` assets, built unless it was kept."""
    folder = Path(tempfile.gettempdir()) / f"{_PREFIX}{size}-{_key()}"
    shelf = Generations(folder, FixedClock(READ), keep=1)
    try:
        kept = shelf.current()
    except GraphError:
        kept = None
    if kept is not None:
        return kept
    for other in Path(tempfile.gettempdir()).glob(f"{_PREFIX}{size}-*"):
        _remove(other)
    made = Estate(size, kinds())
    return shelf.build(_documents(made), made.registry(), made.accounts, 1, READ)


def _documents(made: Estate) -> Iterator[list[AssetDocument]]:
    accounts = range(len(made.accounts))
    batch: list[AssetDocument] = []
    for kind in made.kinds:
        for asset in (a for account in accounts for a in made.assets(kind, account)):
            state = make_state(asset)
            batch.append(
                AssetDocument(
                    state.label,
                    state.id,
                    state.account,
                    state.region,
                    state.name,
                    READ,
                    READ,
                    state.document.encode(),
                )
            )
            if len(batch) >= _BATCH:
                yield batch
                batch = []
    yield batch


def _key() -> str:
    made_by = hashlib.sha256()
    build = Path(cloudwarden.graph.build.__file__).parent
    for file in (Path(__file__), Path(estate.__file__), *sorted(build.glob("*.py"))):
        made_by.update(file.read_bytes())
    return made_by.hexdigest()[:16]


def _remove(folder: Path) -> None:
    for directory in (folder, *(path for path in folder.rglob("*") if path.is_dir())):
        directory.chmod(0o755)
    shutil.rmtree(folder)
