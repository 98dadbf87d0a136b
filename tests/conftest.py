"""What all tests share. With `CI=true` a skipped test fails the session: in CI everything a test needs is there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings

from tests.go import THERE as GO_IS_THERE
from tests.go import Verifier
from tests.mariadb import BINARY as MARIADB
from tests.mariadb import MariadbServer
from tests.mosquitto import PROGRAM as MOSQUITTO
from tests.mosquitto import Mosquitto
from tests.postgres import BINARIES, PostgresServer
from tests.rabbitmq import PROGRAM, RabbitServer
from tests.shared import data_folder

_IN_CI = os.environ.get("CI", "").lower() in ("true", "1")
_skipped: list[str] = []

settings.register_profile("quick", max_examples=30, deadline=None)
settings.register_profile(
    "ci", max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("ci" if _IN_CI else "quick")


@pytest.fixture(autouse=True)
def _log_as_it_was() -> Iterator[None]:
    """Commands that ran in this process leave no level and no form behind."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Schemas and samples (`ocpi-examples`, `nap`, …), read-only."""
    folder = data_folder()
    if not folder.is_dir():
        pytest.skip(f"no shared test data in {folder}: set CHARGEFEED_SHARED to the folder that holds `data`")
    return folder


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    if BINARIES is None:
        pytest.skip("no PostgreSQL: apt-get install postgresql (deploy/test does it as root)")
    server = PostgresServer(BINARIES)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def rabbit_server() -> Iterator[RabbitServer]:
    if not PROGRAM.exists():
        pytest.skip("no RabbitMQ: apt-get install rabbitmq-server (deploy/test does it as root)")
    server = RabbitServer()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def mosquitto() -> Iterator[Mosquitto]:
    if not MOSQUITTO.exists():
        pytest.skip("no Mosquitto: apt-get install mosquitto (deploy/test does it as root)")
    server = Mosquitto()
    yield server
    server.stop()


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The SQLAlchemy URL of a fresh, empty database on a real PostgreSQL, dropped after the test."""
    url = postgres_server.create_database()
    yield url
    postgres_server.drop_database(url)


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[MariadbServer]:
    if not MARIADB.is_file():
        pytest.skip("no MariaDB: apt-get install mariadb-server-core (deploy/test does it as root)")
    server = MariadbServer()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def go_verifier(tmp_path_factory: pytest.TempPathFactory) -> Verifier:
    if not GO_IS_THERE:
        pytest.skip("no Go: apt-get install golang golang-golang-x-mod-dev (deploy/test does it as root)")
    return Verifier(tmp_path_factory.mktemp("go"))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped and not hasattr(report, "wasxfail"):
        _skipped.append(f"{report.nodeid}: {_reason(report)}")


def pytest_collectreport(report: pytest.CollectReport) -> None:
    if report.skipped:
        _skipped.append(f"{report.nodeid}: {_reason(report)}")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    is_xdist_worker = hasattr(session.config, "workerinput")
    if _IN_CI and _skipped and not is_xdist_worker and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for report in terminalreporter.getreports("passed"):
        for name, text in report.user_properties:
            if name == "table":
                terminalreporter.section(report.nodeid)
                terminalreporter.write(str(text))
    if _IN_CI and _skipped:
        terminalreporter.section("skipped, which counts as failed in CI")
        for line in _skipped:
            terminalreporter.line(line)


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    return str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else str(report.longrepr)
