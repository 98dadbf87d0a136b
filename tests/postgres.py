"""A real PostgreSQL for the tests: a server of its own in a temporary folder, run by an unprivileged user, without fsync."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from itertools import count
from pathlib import Path

import psycopg

from tests.processes import free_port

_INSTALLED = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
BINARIES = _INSTALLED[-1].parent if _INSTALLED else None
"""Of the newest PostgreSQL that Debian's packages brought; None without any."""
_START_SECONDS = 60
_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "listen_addresses": "127.0.0.1",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "log_timezone": "UTC",
}


class PostgresServer:
    """Started on construction; `stop` ends it and removes its folder."""

    def __init__(self, binaries: Path) -> None:
        self._binaries = binaries
        self._folder = Path(tempfile.mkdtemp(prefix="chargefeed-postgres-"))
        self._log = self._folder / "server.log"
        self._numbers = count(1)
        self._as_user = unprivileged(self._folder)
        self._port = free_port()
        self._initialise()
        self._process = self._start()

    def create_database(self, template: str = "") -> str:
        """A fresh, empty database, or a copy of the one whose URL `template` is; its SQLAlchemy URL (over TCP, no password)."""
        name = f"test_{os.getpid()}_{next(self._numbers)}"
        self._execute(f"CREATE DATABASE {name}" + (f" TEMPLATE {template.rpartition('/')[2]}" if template else ""))
        return f"postgresql+psycopg://postgres@127.0.0.1:{self._port}/{name}"

    def drop_database(self, url: str) -> None:
        """Removes it, also when something is still connected."""
        self._execute(f"DROP DATABASE IF EXISTS {url.rpartition('/')[2]} WITH (FORCE)")

    def stop(self) -> None:
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(30)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _initialise(self) -> None:
        arguments = ["-D", "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        subprocess.run(
            [*self._as_user, self._binaries / "initdb", *arguments], cwd=self._folder, check=True, capture_output=True
        )

    def _start(self) -> subprocess.Popen[bytes]:
        options = [word for name, value in _SETTINGS.items() for word in ("-c", f"{name}={value}")]
        place = ["-D", "data", "-k", str(self._folder), "-p", str(self._port)]
        with self._log.open("wb") as log:
            process = subprocess.Popen(
                [*self._as_user, self._binaries / "postgres", *place, *options],
                cwd=self._folder,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start:\n{self._log.read_text()}")
            time.sleep(0.1)
        return process

    def _answers(self) -> bool:
        try:
            self._execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def _execute(self, statement: str) -> None:
        with psycopg.connect(
            host="127.0.0.1", port=self._port, user="postgres", dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(statement)  # type: ignore[arg-type, call-overload, unused-ignore]


def unprivileged(folder: Path) -> list[str]:
    """How to start a server that ends with this process; as root (which PostgreSQL refuses) as user `nobody`."""
    command = ["setpriv", "--pdeathsig=QUIT"]
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        command += [f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
    return command
