"""Disks that take no byte more, or none at all, as far as this process may make them so."""

from __future__ import annotations

import os
import resource
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

DISK = "24m"


@contextmanager
def own_disk(folder: Path) -> Iterator[None]:
    """A small file system for the store alone, where this process may mount one."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(folder)]
    mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    try:
        yield
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def full(folder: Path, writers: Iterable[int]) -> Iterator[None]:
    """No byte more. Without a file system of its own: the processes `writers` may write to no file at all."""
    if not os.path.ismount(folder):
        with no_writes(writers):
            yield
        return
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(4096)):
            pass
    yield
    filler.unlink()


@contextmanager
def read_only(folder: Path, writers: Iterable[int]) -> Iterator[None]:
    """A file system of its own is mounted so (EROFS). Else files and folders cannot be changed (EPERM, where this process may say
    so); else the processes `writers` may write to no file at all."""
    if os.path.ismount(folder):
        _remount(folder, "ro")
        yield
        _remount(folder, "rw")
        return
    try:
        with nullcontext() if _immutable("+i", folder) else no_writes(writers):
            yield
    finally:
        _immutable("-i", folder)


@contextmanager
def no_writes(pids: Iterable[int]) -> Iterator[None]:
    """EFBIG."""
    limits = {pid: resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in pids}
    for pid, (_, hard) in limits.items():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, hard))
    yield
    for pid, limit in limits.items():
        with suppress(ProcessLookupError):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, limit)


def _remount(folder: Path, how: str) -> None:
    """Not while a file is being written there (EBUSY)."""
    deadline = time.monotonic() + 20
    command = ["mount", "-o", f"remount,{how}", str(folder)]
    while subprocess.run(command, capture_output=True, check=False).returncode:
        assert time.monotonic() < deadline, f"{folder} cannot be mounted {how}"
        time.sleep(0.01)


def _immutable(sign: str, folder: Path) -> bool:
    """But for what SQLite maps into memory. False where that cannot be said here; a file may vanish meanwhile."""
    within = [path for path in folder.rglob("*") if not path.name.endswith("-shm")]
    of_folder, *_ = (
        subprocess.run(["chattr", sign, *paths], capture_output=True, check=False) for paths in ([folder], within)
    )
    return of_folder.returncode == 0
