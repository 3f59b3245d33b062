"""What collecting an estate costs: calls, CPU, memory, and how much of the waiting is shared.

A moto server holds 200 instances, 50 buckets, 50 roles, 10 users and 20 security groups over two
regions. It and each collection run in processes of their own, so that CPU time and memory are
those of `cloudwarden` alone, start of the interpreter and the database included.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.support.aws_estate import REGIONS, environment, fill, moto
from benchmarks.support.cartography import BEYOND, TYPES

Row = tuple[str, str, str]

#: The regions that an account has without opting in to any.
SEVENTEEN = (
    "us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "sa-east-1",
    "eu-west-1", "eu-west-2", "eu-west-3", "eu-central-1", "eu-north-1",
    "ap-south-1", "ap-southeast-1", "ap-southeast-2",
    "ap-northeast-1", "ap-northeast-2", "ap-northeast-3",
)  # fmt: skip
DELAY = 0.080
THREADS = 32


def run() -> list[Row]:
    """Collect the estate in several ways."""
    with moto() as url, TemporaryDirectory(prefix="cloudwarden-bench-") as folder:
        fill(url)
        bench = _Bench(url, Path(folder))
        # The first run compiles the declarations, which the cache spares all others.
        bench.collect(REGIONS, TYPES)
        same = min((bench.collect(REGIONS, TYPES) for _ in range(2)), key=_cpu)
        everything = bench.collect(REGIONS)
        wide = bench.collect(SEVENTEEN, TYPES)
        alone = bench.collect(REGIONS, threads=1)
        slow = bench.collect(REGIONS, delay=DELAY)
    compared = sum(n for name, n in same["operations"].items() if name not in BEYOND)
    serial = alone["wall"] + DELAY * slow["calls"]
    return [
        ("collect: API calls for what Cartography reads too", f"{compared}", "≤ 600 (it: 691)"),
        ("collect: of all calls, made twice", f"{everything['repeated']}", "0"),
        (
            "collect: all types, calls beyond one a list page and one a detail",
            f"{sum(everything['excess'].values())} of {everything['calls']}{_excess(everything)}",
            "0",
        ),
        ("collect: calls told = calls sent", f"{_differences(everything)}", "0 apart"),
        ("collect: CPU, 2 regions", f"{same['cpu']:.2f} s", "≤ 2.5 s (it: 3.9 to 4.4)"),
        ("collect: CPU, 2 regions, all types", f"{everything['cpu']:.2f} s", ""),
        ("collect: CPU, 17 regions", f"{wide['cpu']:.2f} s", "≤ 8 s (it: 21 to 23)"),
        ("collect: peak memory, 17 regions", f"{wide['memory']:.0f} MB", "< 200 MB"),
        (
            f"collect: wall time with {DELAY * 1000:.0f} ms an answer, of the serial sum",
            f"{slow['wall']:.1f} s of {serial:.1f} s = {slow['wall'] / serial:.1%}",
            "≤ 10 %",
        ),
    ]


class _Bench:
    def __init__(self, url: str, folder: Path) -> None:
        self._environment = environment(url)
        self._folder = folder
        self._runs = 0

    def collect(
        self,
        regions: Sequence[str],
        types: Sequence[str] = (),
        *,
        threads: int = THREADS,
        delay: float = 0.0,
    ) -> dict[str, Any]:
        """Collect into a new database and return what the process told."""
        self._runs += 1
        arguments = {
            "database": str(self._folder / f"{self._runs}.db"),
            "regions": list(regions),
            "types": list(types),
            "threads": threads,
            "delay": delay,
        }
        process = subprocess.run(
            [sys.executable, "-m", "benchmarks.support.collecting", json.dumps(arguments)],
            env={**self._environment, "XDG_CACHE_HOME": str(self._folder)},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        told: dict[str, Any] = json.loads(process.stdout)
        return told


def _cpu(told: dict[str, Any]) -> float:
    return float(told["cpu"])


def _excess(told: dict[str, Any]) -> str:
    excess = told["excess"]
    return f" ({', '.join(f'{name} {n}' for name, n in excess.items())})" if excess else ""


def _differences(told: dict[str, Any]) -> int:
    return int(abs(told["calls"] - told["told"]))
