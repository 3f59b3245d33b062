"""The notebook of `examples/` gets a pack's query as a table, from estate to rows."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.support.commands import Run
from tests.support.moto import Aws

NOTEBOOK = Path(__file__).parents[2] / "examples" / "notebook.py"


def test_gq8_ten_lines_of_python_return_the_packs_ec2_list_as_a_table(
    run: Run, aws: Aws, tmp_path: Path
) -> None:
    made = aws.client("ec2").run_instances(ImageId="ami-12c6146b", MinCount=2, MaxCount=2)
    run("collect", "--regions", "us-east-1", "--only", "ec2")
    commands = Path(sys.executable).parent
    done = subprocess.run(
        [sys.executable, str(NOTEBOOK)],
        cwd=tmp_path,
        env={**os.environ, "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for instance in made["Instances"]:
        assert instance["InstanceId"] in done.stdout
    lines = NOTEBOOK.read_text().split('"""', 2)[2].splitlines()
    code = [line for line in lines if line.strip() and not line.startswith("#")]
    assert len(code) <= 10
