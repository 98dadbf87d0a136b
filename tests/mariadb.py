"""A real MariaDB for the tests: a server of its own in a temporary folder, run by an unprivileged user, without fsync."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from itertools import count
from pathlib import Path
from typing import Any

import pymysql
from pymysql.constants import CLIENT

from tests.postgres import unprivileged
from tests.processes import free_port

BINARY = Path("/usr/sbin/mariadbd")
_TABLES = [Path("/usr/share/mysql") / name for name in ("mysql_system_tables.sql", "mysql_system_tables_data.sql")]
_START_SECONDS = 60
_SETTINGS = (
    "--no-defaults --skip-name-resolve --bind-address=127.0.0.1 --skip-log-bin --default-time-zone=+05:30 --skip-sync-frm"
    " --innodb-flush-log-at-trx-commit=0 --innodb-flush-method=nosync --innodb-log-file-size=8M --innodb-buffer-pool-size=16M"
)
"""Not in UTC, as few servers are."""


class MariadbServer:
    """Started on construction; `stop` ends it and removes its folder."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="chargefeed-mariadb-"))
        self._log = self._folder / "server.log"
        self._numbers = count(1)
        self._as_user = unprivileged(self._folder)
        self._command = [*self._as_user, BINARY, *_SETTINGS.split(), f"--datadir={self._folder / 'data'}"]
        self.port = free_port()
        self._initialise()
        self._process = self._start()

    def create_database(self, *scripts: Path) -> str:
        """A fresh database with what the SQL files make; its name."""
        name = f"test_{os.getpid()}_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
        for script in scripts:
            self.execute(script.read_text(), name)
        return name

    def url(self, database: str, user: str = "root", password: str = "secret") -> str:
        return f"mysql://{user}:{password}@127.0.0.1:{self.port}/{database}"

    def execute(self, statements: str, database: str | None = None) -> None:
        """Several statements, by root, in UTC."""
        with self._connect(database) as connection, connection.cursor() as cursor:
            cursor.execute(f"SET time_zone = '+00:00'; {statements}")
            while cursor.nextset():
                pass
            connection.commit()

    def stop(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(30)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _initialise(self) -> None:
        subprocess.run([*self._as_user, "mkdir", "-p", "data/mysql"], cwd=self._folder, check=True)
        script = "USE mysql;\n" + "".join(path.read_text() for path in _TABLES)
        bootstrap = [*self._command, "--bootstrap"]
        subprocess.run(bootstrap, input=script.encode(), cwd=self._folder, check=True, capture_output=True)

    def _start(self) -> subprocess.Popen[bytes]:
        place = [f"--socket={self._folder / 'server.sock'}", f"--port={self.port}", f"--init-file={self._root()}"]
        with self._log.open("wb") as log:
            process = subprocess.Popen([*self._command, *place], cwd=self._folder, stdout=log, stderr=log)
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"MariaDB did not start:\n{self._log.read_text()}")
            time.sleep(0.1)
        return process

    def _root(self) -> Path:
        path = self._folder / "root.sql"
        path.write_text(
            "CREATE OR REPLACE USER root@'127.0.0.1' IDENTIFIED BY 'secret';\n"
            "GRANT ALL ON *.* TO root@'127.0.0.1' WITH GRANT OPTION;\n"
        )
        path.chmod(0o644)
        return path

    def _answers(self) -> bool:
        try:
            self.execute("SELECT 1")
        except pymysql.OperationalError:
            return False
        return True

    def _connect(self, database: str | None) -> Any:
        return pymysql.connect(
            host="127.0.0.1",
            port=self.port,
            user="root",
            password="secret",
            database=database,
            client_flag=CLIENT.MULTI_STATEMENTS,
        )
