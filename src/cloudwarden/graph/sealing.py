"""Folders that are written once: made durable, read-only, put in place, and taken away again."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def seal(folder: Path) -> None:
    """Make every file in `folder` durable and read-only, then the folders themselves."""
    for directory, _, files in os.walk(folder, topdown=False):
        for name in files:
            file = Path(directory, name)
            _sync(file)
            file.chmod(0o444)
        _sync(Path(directory))
        Path(directory).chmod(0o555)


def put_in_place(folder: Path, destination: Path) -> None:
    """Give a sealed folder its final name beside it, durably; the name must be free."""
    folder.rename(destination)
    _sync(destination.parent)


def replace_text(file: Path, text: str) -> None:
    """Replace a small file atomically and durably: a reader sees the old text or the new."""
    fresh = file.with_name(f".{file.name}.new")
    fresh.write_text(text, encoding="utf-8")
    _sync(fresh)
    fresh.replace(file)
    _sync(file.parent)


def remove(folder: Path) -> None:
    """Take a folder away, sealed or not; a folder that is gone is no error."""
    for directory, _, _ in os.walk(folder):
        Path(directory).chmod(0o755)
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def exclusive(file: Path) -> Iterator[None]:
    """Hold the lock `file`, waiting for whoever has it; a dead process's lock is free."""
    with file.open("a") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def hold(file: Path) -> int:
    """Mark a sealed file as in use, until the answered descriptor is closed.

    Raises `FileNotFoundError` if it is gone, also if it goes at this very moment.
    """
    descriptor = os.open(file, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        if file.stat().st_ino != os.fstat(descriptor).st_ino:
            raise FileNotFoundError(file)
    except BlockingIOError as error:
        os.close(descriptor)
        raise FileNotFoundError(file) from error
    except FileNotFoundError:
        os.close(descriptor)
        raise
    return descriptor


@contextmanager
def unused(file: Path) -> Iterator[bool]:
    """Whether nobody holds `file`; if so nobody can begin to while the context lasts."""
    try:
        stream = file.open("rb")
    except FileNotFoundError:
        yield True
        return
    with stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
