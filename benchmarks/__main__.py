"""Runs the benchmarks named on the command line, or all of them, and prints one table."""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import subprocess
import sys

from rich import box
from rich.console import Console
from rich.table import Table

import benchmarks


def main() -> None:
    """Print the figures of the chosen benchmarks as they are measured."""
    known = sorted(
        module.name for module in pkgutil.iter_modules(benchmarks.__path__) if module.name[0] != "_"
    )
    # Helpers of benchmarks measure nothing themselves.
    names = [name for name in known if hasattr(_load(name), "run")]
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(names)}")
    chosen = parser.parse_args().names or names
    for name in chosen:
        if name not in names:
            parser.error(f"there is no benchmark {name}; there are {', '.join(names)}")
    if len(chosen) > 1:
        # Each in a process of its own: the peak of memory is that of a process.
        for name in chosen:
            subprocess.run([sys.executable, "-m", "benchmarks", name], check=True)
        return
    console = Console()
    for name in chosen:
        table = Table(title=name, title_justify="left", box=box.SIMPLE_HEAD)
        for column in ("figure", "measured", "target"):
            table.add_column(column)
        sys.stderr.write(f"measuring {name}…\n")
        for row in _load(name).run():
            table.add_row(*row)
        console.print(table)


def _load(name: str):
    return importlib.import_module(f"benchmarks.{name}")


if __name__ == "__main__":
    main()
