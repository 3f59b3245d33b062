"""The demonstration's moto server: moto as it is, with facts about root users that no API can set.

Run as `python -m cloudwarden.providers.aws.demo_server PORT ROOT`, ROOT being a JSON object of
account id to `{"mfa": 0 or 1, "access_keys": number}`. Listens on 127.0.0.1 only.
"""

from __future__ import annotations

import json
import sys

#: The partition that moto answers for unless told otherwise.
_PARTITION = "aws"


def main(port: int, root: dict[str, dict[str, int]]) -> None:
    """Serve until terminated."""
    from moto.iam.models import iam_backends
    from moto.server import main as serve

    for account, facts in root.items():
        # moto keeps these as constants, since AWS has no call that changes them.
        summary = iam_backends[account][_PARTITION].account_summary
        summary._account_mfa_enabled = facts.get("mfa", 0)
        summary._account_access_keys_present = facts.get("access_keys", 0)
    serve(["-H", "127.0.0.1", "-p", str(port)])


if __name__ == "__main__":
    main(int(sys.argv[1]), json.loads(sys.argv[2]))
