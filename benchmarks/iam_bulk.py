"""What it costs to find who can do what: 20 questions about a whole organization.

The engine runs in a process of its own, so that its CPU time and peak memory are its alone; the
world is made before either is measured, its memory counts. Garbage is looked for as seldom as when
an inventory is analysed.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from datetime import UTC, datetime
from typing import Any

from benchmarks.support.access_world import Size, build
from cloudwarden.analysis.iam.bulk.relations import ALL_OF_TYPE, Options, relations
from cloudwarden.analysis.iam.questions import Question, load_questions
from cloudwarden.collect.garbage import rarely_collected
from cloudwarden.schema.derived import Certainty

Row = tuple[str, str, str]

_QUESTIONS = (
    "CAN_READ AWSS3Bucket", "CAN_WRITE AWSS3Bucket", "CAN_DELETE AWSS3Bucket",
    "CAN_CHANGE_POLICY AWSS3Bucket", "CAN_QUERY AWSDynamoDBTable", "CAN_WRITE AWSDynamoDBTable",
    "CAN_DELETE AWSDynamoDBTable", "CAN_READ AWSSQSQueue", "CAN_WRITE AWSSQSQueue",
    "CAN_WRITE AWSSNSTopic", "CAN_READ AWSSNSTopic", "CAN_DECRYPT AWSKMSKey",
    "CAN_DELETE AWSKMSKey", "CAN_CHANGE_POLICY AWSKMSKey", "GET_SECRET AWSSecretsManagerSecret",
    "CAN_WRITE AWSSecretsManagerSecret", "CAN_INVOKE AWSLambda", "CAN_WRITE AWSLambda",
    "CAN_READ AWSSSMParameter", "CAN_WRITE AWSSSMParameter",
)  # fmt: skip
_NOW = datetime(2026, 11, 1, tzinfo=UTC)


def run() -> list[Row]:
    """Ask everything of an organization of 200 accounts, and the same collapsed early."""
    told = _child("derive")
    collapsed = _child("collapse")
    few = (
        f"{collapsed['cpu']:.1f} s, {collapsed['sure'] + collapsed['rest']:,} relations, "
        f"{collapsed['collapsed']:,} for a whole type"
    )
    asked = f"{told['principals']:,} × {told['resources']:,} × {len(_QUESTIONS)}"
    return [
        (
            f"iam bulk: CPU seconds, every relation written, {asked}",
            f"{told['cpu']:.1f}",
            "at most 6",
        ),
        ("iam bulk: peak memory, the world included", f"{told['memory']:,.0f} MB", "at most 250"),
        ("iam bulk: memory of the world alone", f"{told['world']:,.0f} MB", ""),
        ("iam bulk: relations, sure and conditional", f"{told['sure']:,} + {told['rest']:,}", ""),
        ("iam bulk: evaluated, types of over 20 collapsed", few, ""),
    ]


def measure(options: Options) -> dict[str, Any]:
    """Derive everything, keeping nothing."""
    world = build(Size())
    size = {
        "principals": len(world.principals),
        "resources": sum(map(len, world.resources.values())),
        "world": _peak(),
    }
    counted = {"sure": 0, "rest": 0, "collapsed": 0}
    spent = 0.0
    with rarely_collected():
        answers = relations(world, _asked(), _NOW, options)
        while True:
            started = time.process_time()
            told = next(answers, None)
            spent += time.process_time() - started
            if told is None:
                break
            # Counting is not the engine's work.
            sure = list(told.certainty).count(Certainty.SURE)
            counted["sure"] += sure
            counted["rest"] += len(told.certainty) - sure
            counted["collapsed"] += len(told.sources) if told.target_label == ALL_OF_TYPE else 0
    return {**size, **counted, "cpu": spent, "memory": _peak()}


def _asked() -> list[Question]:
    known = {question.key: question for question in load_questions()}
    return [known[key] for key in _QUESTIONS]


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _child(step: str) -> dict[str, Any]:
    answer = subprocess.run(
        [sys.executable, "-m", "benchmarks.iam_bulk", step],
        check=True,
        capture_output=True,
        text=True,
    )
    told: dict[str, Any] = json.loads(answer.stdout)
    return told


if __name__ == "__main__":
    chosen = Options(collapse_above=20) if sys.argv[1] == "collapse" else Options()
    sys.stdout.write(json.dumps(measure(chosen)))
