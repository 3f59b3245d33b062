"""The demonstration's moto server: moto as it is, with facts about root users that no API can set.

It is a process of its own (`python -m cloudwarden.providers.aws.demo_server ROOT`, ROOT being a
JSON object of account id to `{"mfa": 0 or 1, "access_keys": number}`), listens on a free port of
127.0.0.1, says on its output which, and ends when its input does: with whoever started it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from cloudwarden.core.errors import CloudwardenError
from cloudwarden.core.json import dumps

#: The partition that moto answers for unless told otherwise.
_PARTITION = "aws"

Root = Mapping[str, Mapping[str, int]]


class DemoServer:
    """A moto server that runs from construction until `close`.

    Raises `CloudwardenError` if moto is not installed.
    """

    def __init__(self, root: Root) -> None:
        if find_spec("moto") is None:
            raise CloudwardenError("the demo needs moto: pip install 'cloudwarden[demo]'")
        self._process = subprocess.Popen(  # noqa: S603  our own interpreter, our own arguments
            [sys.executable, "-m", __name__, dumps(root)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # An interruption from the keyboard is for us: we end it in our own time.
            start_new_session=True,
        )

    def url(self) -> str:
        """Where it listens; waits until it does. Raises `CloudwardenError` if it does not."""
        assert self._process.stdout is not None
        port = self._process.stdout.readline().strip()
        if not port:
            raise CloudwardenError("the simulated AWS did not start; is moto[server] installed?")
        return f"http://127.0.0.1:{int(port)}"

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()


@contextmanager
def moto_server(root: Root) -> Iterator[DemoServer]:
    """A server for as long as the context lasts; it starts while others do their work."""
    server = DemoServer(root)
    try:
        yield server
    finally:
        server.close()


def main(root: Root) -> None:
    """Serve until the input ends."""
    from moto.iam.models import iam_backends
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Handler(WSGIRequestHandler):
        """Keeps connections, and no log."""

        protocol_version = "HTTP/1.1"

        def log_request(self, *_: object, **__: object) -> None:
            pass

    for account, facts in root.items():
        # moto keeps these as constants, since AWS has no call that changes them.
        summary = iam_backends[account][_PARTITION].account_summary
        summary._account_mfa_enabled = facts.get("mfa", 0)
        summary._account_access_keys_present = facts.get("access_keys", 0)
    moto = DomainDispatcherApplication(create_backend_app)
    lock = threading.Lock()

    def app(environ: Any, start_response: Any) -> list[bytes]:
        # moto's own data are not safe from several threads.
        with lock:
            answer = moto(environ, start_response)
            try:
                return list(answer)
            finally:
                if hasattr(answer, "close"):
                    answer.close()

    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Handler)
    os.environ["MOTO_PORT"] = str(server.port)
    sys.stdout.write(f"{server.port}\n")
    sys.stdout.flush()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
