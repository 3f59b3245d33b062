"""A query of a pack as a table, in a notebook or any program that reads Arrow.

Run it where `cloudwarden collect` has run. `pip install cloudwarden pyarrow` is all that it needs;
`polars.from_arrow(table)` and `table.to_pandas()` go on from there.
"""

# ruff: noqa: INP001, S603, T201 - an example stands alone, runs a command, and prints

import subprocess

import pyarrow as pa


def ask(*arguments: str) -> pa.Table:
    """The answer to `cloudwarden query` with these arguments."""
    command = ["cloudwarden", "query", *arguments, "--output", "arrow"]
    answer = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    return pa.ipc.open_stream(answer).read_all()


print(ask("--name", "ec2_list").select(["instance_id", "state", "region"]))
