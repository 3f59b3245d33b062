"""Logging set-up: plain lines on stderr for people, JSON lines for machines; never a secret."""

from __future__ import annotations

import logging
import sys

from cloudwarden.core.json import dumps


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return dumps(line)


class _Stderr(logging.Handler):
    """Writes to what stderr is when something is logged, not to what it was at set-up."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            sys.stderr.write(self.format(record) + "\n")
        except (OSError, ValueError):
            self.handleError(record)


def configure_logging(level: str = "warning", *, json_lines: bool = False) -> None:
    """Send our logs at `level` and above to stderr; the SDKs' logs only from warning up."""
    handler = _Stderr()
    handler.setFormatter(
        _JsonLines() if json_lines else logging.Formatter("%(levelname)s %(name)s: %(message)s")
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("cloudwarden").setLevel(level.upper())
