"""The demonstration: `cloudwarden demo` is run once, and everything is asked of what it left."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from shlex import split

import pytest
from tests.support.unread import answers, less
from typer.testing import CliRunner

from cloudwarden.analysis.inventory import read_estate
from cloudwarden.analysis.run import labels
from cloudwarden.checks.findings import FindingStore, State
from cloudwarden.checks.packs import load_checks
from cloudwarden.checks.results import Judgement
from cloudwarden.checks.runner import Runner
from cloudwarden.cli.demo import NEXT
from cloudwarden.cli.main import app
from cloudwarden.cli.tree import draw
from cloudwarden.core.clock import SystemClock
from cloudwarden.graph.generations import Generations
from cloudwarden.inventory.records import AssetFilter
from cloudwarden.inventory.store import Inventory
from cloudwarden.providers.aws.loader import load_catalogue
from cloudwarden.schema.registry import Registry

CHECKS = load_checks()


@dataclass(frozen=True)
class Demo:
    """What the demo said, what it left behind, and its two judgements."""

    folder: Path
    stdout: str
    inventory: Inventory
    judgements: list[Judgement]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, registry: Registry) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("demo") / "data"
    before = dict(os.environ)
    result = CliRunner().invoke(app, ["--data-dir", str(folder), "demo"])
    assert result.exit_code == 0, result.output
    assert dict(os.environ) == before
    clock = SystemClock()
    shelf = Generations(folder / "graph", clock)
    url = f"sqlite:///{folder / 'cloudwarden.db'}"
    with Inventory.open(url, clock, apps=["cloudwarden.checks"]) as inventory:
        judgements = []
        for generation in shelf.list():
            with shelf.open(generation.name) as graph:
                judgements.append(Runner(graph, inventory, registry, clock).run(CHECKS))
        yield Demo(folder, result.stdout, inventory, judgements)


def test_every_check_has_an_offender_and_a_clean_neighbour(demo: Demo) -> None:
    statuses = defaultdict(set)
    for judged in demo.judgements:
        for result in judged.results:
            statuses[result.check].add(result.status.value)
    wanting = {c.id: statuses[c.id] for c in CHECKS if statuses[c.id] != {"pass", "fail"}}
    assert wanting == {}


def test_nothing_that_a_check_rests_on_is_unread(demo: Demo) -> None:
    verdicts = {r.verdict.value for r in demo.inventory.readings()}
    # What moto does not implement: no check reads it.
    assert verdicts == {"complete", "unsupported"}
    assert demo.judgements[-1].counts().get("unknown", 0) == 0


def test_the_company_has_three_accounts_and_hundreds_of_things(demo: Demo) -> None:
    accounts = demo.inventory.accounts_known()
    assert sorted(accounts.values()) == ["alpha", "beta", "hub"]
    counts = {a: demo.inventory.count_assets(AssetFilter(account=a)) for a in accounts}
    assert all(count > 100 for count in counts.values())
    regions = {asset.region for asset in demo.inventory.assets()}
    assert {"us-east-1", "us-west-2"} <= regions


def test_between_the_two_collections_things_got_better_and_worse(demo: Demo) -> None:
    runs = demo.inventory.runs()
    assert [run.state for run in runs] == ["finished", "finished"]
    first, second = (run.finished_at for run in reversed(runs))
    assert first
    assert second
    kinds = {change.kind for change in demo.inventory.diff(first, second)}
    assert kinds == {"new", "changed", "gone"}
    store = FindingStore(demo.inventory, SystemClock())
    fixed = {(f.check, f.name) for f in store.find(state=State.FIXED.value)}
    assert ("aws-s3-public", "example-alpha-assets") in fixed
    opened = {(f.check, f.name) for f in store.find() if f.first_seen > first}
    assert ("aws-s3-public", "example-alpha-exports") in opened


def test_it_tells_what_a_newcomer_wants_to_know(demo: Demo) -> None:
    headings = re.findall(r"^(.+)\n=+$", demo.stdout, re.MULTILINE)
    assert headings == [
        "The accounts, and how many findings they have",
        "The worst findings",
        "What changed between the two collections",
        "What that did to the findings",
        "From the internet to data",
    ]
    assert "alpha (111111111111)" in demo.stdout
    assert "│  └─ instances web-1, web-2, web-3, web-4\n│     └─ role web\n" in demo.stdout
    assert "└─ bucket example-alpha-orders" in demo.stdout
    assert "Traceback" not in demo.stdout


def test_the_commands_it_names_work_on_what_it_left(demo: Demo) -> None:
    named = re.findall(r"^  cloudwarden (.+)$", demo.stdout, re.MULTILINE)
    assert len(named) == len(NEXT) == 3
    for command in named:
        result = CliRunner().invoke(app, split(command))
        assert (result.exit_code, bool(result.stdout)) == (0, True), command


def test_the_walk_through_of_adding_a_check_can_be_walked(
    demo: Demo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    page = (Path(__file__).parents[2] / "docs" / "adding-a-check.md").read_text()
    (record,) = re.findall(r"```yaml\n(.+?)```", page, re.DOTALL)
    Path("my-checks.yaml").write_text(record)
    Path("cloudwarden-demo").symlink_to(demo.folder)
    commands = re.findall(r"^\$ cloudwarden (.+)$", page, re.MULTILINE)
    assert commands[0] == "demo"
    answers = [CliRunner().invoke(app, split(command)) for command in commands[1:]]
    assert [answer.exit_code for answer in answers] == [0] * len(answers)
    rows = json.loads(answers[-1].stdout)
    statuses = {row["asset"].rpartition(":")[2]: row["status"] for row in rows}
    assert statuses["partner-inbox"] == "fail"
    assert statuses["orders"] == "pass"
    assert {row["check"] for row in rows} == {"my-queue-encrypted"}


def test_a_folder_that_is_not_the_demos_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").touch()
    result = CliRunner().invoke(app, ["demo", str(tmp_path)])
    assert result.exit_code == 2
    assert "is not the demo's" in result.stderr
    assert [file.name for file in tmp_path.iterdir()] == ["mine"]


def test_two_folders_are_one_too_many(tmp_path: Path) -> None:
    options = ["--data-dir", str(tmp_path / "one"), "demo", str(tmp_path / "two")]
    result = CliRunner().invoke(app, options)
    assert result.exit_code == 2
    assert "name one of them" in result.stderr


def test_the_server_ends_with_whoever_started_it() -> None:
    code = (
        "import os, signal\n"
        "from cloudwarden.providers.aws.demo_server import DemoServer\n"
        "server = DemoServer({})\n"
        "print(server._process.pid, server.url(), flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    starter = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, text=True
    )
    pid, _ = starter.stdout.split()
    assert _ends(int(pid))


def _ends(pid: int) -> bool:
    """Whether a process ends; waits for it, for the test's time limit ends a wait in vain."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    import select

    ready, _, _ = select.select([descriptor], [], [], 30)
    os.close(descriptor)
    return bool(ready)


def test_what_leads_on_to_the_same_is_drawn_once() -> None:
    def row(instance: str, bucket: str, network: str = "0.0.0.0/0", port: int = 443) -> dict:
        return {
            "net.id": network,
            "perm.protocol": "tcp",
            "perm.fromport": port,
            "perm.toport": port,
            "sg.name": "web",
            "i.name": None,
            "i.instanceid": instance,
            "r.name": "role",
            "p.name": "policy",
            "b.name": bucket,
        }

    rows = [row("i-1", "a"), row("i-2", "a"), row("i-3", "a", port=80), row("i-3", "b", "::/0")]
    assert draw(rows).splitlines() == [
        "the internet",
        "└─ security group web, open to 0.0.0.0/0 and ::/0 on tcp 443, tcp 80",
        "   ├─ instances i-1, i-2",
        "   │  └─ role role",
        "   │     └─ policy policy",
        "   │        └─ bucket a",
        "   └─ instance i-3",
        "      └─ role role",
        "         └─ policy policy",
        "            └─ buckets a, b",
    ]
    assert draw([]) == "No path."


def test_what_is_not_read_turns_no_answer_of_analyses_round(demo: Demo, registry: Registry) -> None:
    """Whatever is denied, an answer stays, or is not known: it never becomes its opposite."""
    estate = read_estate(demo.inventory, registry, labels())
    assets = estate.assets(*labels())
    listings = [one for label in sorted(labels()) for one in estate.listings(label)]
    now = demo.judgements[-1].judged_at
    said, found = answers(estate, now)
    sure = {key for key, certainty in found.items() if certainty == "sure"}
    resources = [sorted(one.labels) for one in load_catalogue().resources.values()]
    operations = sorted({o for x in registry.labels.values() for p in x.properties.values()
                         for o in p.rests_on})  # fmt: skip
    random = Random(1)
    lost = 0
    for _ in range(60):
        denied = random.sample(operations, random.choice((1, 5, 50)))
        unlisted = {
            label for one in random.sample(resources, random.choice((0, 1, 5))) for label in one
        }
        less_said, less_found = answers(less(assets, listings, registry, denied, unlisted), now)
        turned = {k for k in said.keys() & less_said.keys() if said[k] is not less_said[k]}
        assert turned == set(), (denied, unlisted)
        invented = {k for k, certainty in less_found.items() if certainty == "sure"} - sure
        assert invented == set(), (denied, unlisted)
        lost += len(said.keys() - less_said.keys())

    # There was something to turn round, and much of it became unknown.
    assert len(said) > 50
    assert len(sure) > 500
    assert lost > 100
