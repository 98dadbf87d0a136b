"""Reading the databases of other systems: MariaDB, MySQL, PostgreSQL, SQLite, SQL Server.

Our own database is that of `registry/`. These belong to charger backends, and nothing is ever written: sessions are read-only and
in UTC, and no statement runs longer than `timeout`. What goes wrong ends in a SourceError that says what to do; for a missing
right it is the GRANT to give.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import Field, SecretStr, field_validator
from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from app.errors import SourceAnswerError, SourceError, SourceRefused, SourceUnreachable
from app.model.duration import Duration
from app.sources.base import SourceSettings

CONNECT_S = 10
DRIVERS = {
    "mariadb": "mariadb+pymysql",
    "mysql": "mysql+pymysql",
    "postgresql": "postgresql+psycopg",
    "sqlite": "sqlite+pysqlite",
    "mssql": "mssql+pyodbc",
}
_CREDENTIALS: set[int | str] = {1044, 1045, 1698, "28000", "28P01", 18456}
_RIGHTS: set[int | str] = {1142, 1143, 1370, "42501", 229, 230}
_TOO_LONG: set[int | str] = {1969, 3024, "57014"}
_GOING = {1049, 1053, 1927}
"""No such database, shutting down, killed."""
_SAID = {
    "password authentication failed": _CREDENTIALS,
    "no pg_hba.conf entry": _CREDENTIALS,
    "Login failed": _CREDENTIALS,
    "permission was denied": _RIGHTS,
    "interrupted": _TOO_LONG,
}
"""What drivers say that give no code."""


class SqlSettings(SourceSettings):
    """What every source understands that reads a database."""

    databases: ClassVar[frozenset[str]]
    """Kinds that the backend runs on, of `DRIVERS`."""

    database: SecretStr
    """The backend's database: `mysql://user:password@host/name`, `postgresql://…`, `sqlite:///file`, `mssql://…`."""
    timeout: Duration = Field(30, gt=0)
    """Longest time of one statement; the database itself ends it then."""

    @field_validator("database")
    @classmethod
    def _of_a_kind_it_runs_on(cls, given: SecretStr) -> SecretStr:
        return checked_url(given, cls.databases)


def checked_url(given: SecretStr, kinds: frozenset[str]) -> SecretStr:
    """Raises ValueError for what is no URL of one of these kinds of databases."""
    wanted = ", ".join(sorted(f"{kind}://" for kind in kinds))
    try:
        kind = make_url(given.get_secret_value()).get_backend_name()
    except ArgumentError:
        raise ValueError(f"is no database URL: write one that begins with {wanted}") from None
    if kind not in kinds:
        raise ValueError(f"{kind}:// is no database that this backend runs on: {wanted}")
    return given


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is read of a backend's tables: `(table, columns)`, to say which rights are missing."""

    columns: Mapping[str, Sequence[str]]

    def grants(self, url: URL) -> str:
        """One statement per table, for the user of `url`."""
        mysql = url.get_backend_name() in ("mysql", "mariadb")
        user = f"'{url.username}'@'%'" if mysql else f'"{url.username}"'
        quote, schema = ("`", f"{url.database}.") if mysql else ('"', "")
        return " ".join(
            f"GRANT SELECT ({quote}{f'{quote}, {quote}'.join(columns)}{quote}) ON {schema}{quote}{table}{quote} TO {user};"
            for table, columns in self.columns.items()
        )


class Database:
    """One database of another system; connections are kept between reads."""

    def __init__(self, name: str, url: SecretStr, timeout: float, wanted: Wanted) -> None:
        """`name` of the source. `timeout` of a statement in seconds."""
        self._timeout = timeout
        self.wanted = wanted
        self.url = _url(url.get_secret_value())
        self.where = f"source {name}, {self.url.render_as_string(hide_password=True)}"
        self._engine: Engine | None = None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A read-only transaction in UTC. Raises SourceError, also for whatever the block's statements raise."""
        try:
            with self._opened().connect() as connection, connection.begin():
                self._begin(connection)
                yield connection
        except DBAPIError as error:
            raise self._explained(error) from error

    def lacks(self, missing: Mapping[str, Sequence[str]]) -> SourceRefused:
        """Tables and columns that are not there for this user."""
        what = "; ".join(f"{table} ({', '.join(columns)})" for table, columns in missing.items())
        return SourceRefused(
            f"the database shows this user no {what}", where=self.where, remedy=self._to_grant(Wanted(missing))
        )

    def _opened(self) -> Engine:
        if self._engine is None:
            try:
                self._engine = _engine(self.url, self._timeout)
            except (ModuleNotFoundError, NoSuchModuleError) as error:
                raise SourceError(
                    f"the driver is missing: {error}", where=self.where, remedy=_driver(self.url)
                ) from error
        return self._engine

    def _begin(self, connection: Connection) -> None:
        """What has to be said in each transaction, since a pooler may change the session in between."""
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET TRANSACTION READ ONLY"))
            connection.execute(text(f"SET LOCAL statement_timeout = {round(self._timeout * 1000)}"))
            connection.execute(text("SET LOCAL TIME ZONE 'UTC'"))

    def _explained(self, error: DBAPIError) -> SourceError:
        said = str(error.orig).splitlines()[0] if str(error.orig) else type(error.orig).__name__
        reasons = _reasons(error, said)
        if reasons is _CREDENTIALS:
            return SourceRefused(said, where=self.where, remedy="Check user and password in `database` of the source")
        if reasons is _RIGHTS:
            return SourceRefused(said, where=self.where, remedy=self._to_grant(self.wanted))
        if reasons is _TOO_LONG:
            remedy = f"It was ended after `timeout` ({self._timeout:g} s); raise it, or ask the backend's operator for indexes"
            return SourceAnswerError(said, where=self.where, remedy=remedy)
        if error.connection_invalidated or _is_unreachable(error, said):
            return SourceUnreachable(
                said, where=self.where, remedy="Check `database` of the source and whether it runs"
            )
        remedy = "Its tables are not those that this version knows; see the page on this backend in config/backends"
        return SourceAnswerError(said, where=self.where, remedy=remedy)

    def _to_grant(self, wanted: Wanted) -> str:
        return f"Have given: {wanted.grants(self.url)}"


def _url(given: str) -> URL:
    url = make_url(given)
    url = url.set(drivername=DRIVERS[url.get_backend_name()])
    if url.get_backend_name() == "sqlite":
        return url.set(database=f"file:{url.database}", query={"mode": "ro", "uri": "true"})
    return url


def _engine(url: URL, timeout: float) -> Engine:
    kind = url.get_backend_name()
    arguments: dict[str, Any] = {"connect_timeout": CONNECT_S}
    if kind == "sqlite":
        arguments = {"timeout": timeout, "check_same_thread": False}
    elif kind == "mssql":
        arguments = {"timeout": CONNECT_S}
    elif kind in ("mysql", "mariadb"):
        arguments["read_timeout"] = timeout + CONNECT_S
    engine = create_engine(url, connect_args=arguments, pool_size=1, max_overflow=1, pool_pre_ping=True)

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        if kind in ("mysql", "mariadb"):
            _configure_mysql(connection, timeout)
        elif kind == "mssql":
            connection.timeout = round(timeout)
        elif kind == "sqlite":
            connection.execute("PRAGMA query_only = ON")

    return engine


def _configure_mysql(connection: Any, timeout: float) -> None:
    maria = "mariadb" in connection.get_server_info().lower()
    longest = f"max_statement_time = {timeout}" if maria else f"max_execution_time = {round(timeout * 1000)}"
    with connection.cursor() as cursor:
        cursor.execute(f"SET SESSION time_zone = '+00:00', SESSION {longest}")
        cursor.execute("SET SESSION TRANSACTION READ ONLY")


def _driver(url: URL) -> str:
    if url.get_backend_name() == "mssql":
        return (
            "Install `pyodbc` beside chargefeed and Microsoft's ODBC Driver 18 for SQL Server, and end `database` with"
            " ?driver=ODBC+Driver+18+for+SQL+Server"
        )
    return "Install chargefeed anew (deploy/install)"


def _reasons(error: DBAPIError, said: str) -> set[int | str] | None:
    code = _code(error)
    by_code = (reasons for reasons in (_CREDENTIALS, _RIGHTS, _TOO_LONG) if code in reasons)
    return next(by_code, next((reasons for words, reasons in _SAID.items() if words in said), None))


def _is_unreachable(error: DBAPIError, said: str) -> bool:
    """It is not there, it goes, or it went in the middle."""
    code = _code(error)
    if isinstance(code, int):
        return 2000 <= code < 3000 or code in _GOING
    return code.startswith(("08", "53", "57P")) or any(words in said for words in ("connection", "unable to open"))


def _code(error: DBAPIError) -> int | str:
    """Of MySQL a number, of PostgreSQL and SQL Server the SQLSTATE; empty where the driver gives none."""
    first = next(iter(getattr(error.orig, "args", ())), None)
    code = first if isinstance(first, int) else getattr(error.orig, "sqlstate", None) or first
    return code if isinstance(code, int) or (isinstance(code, str) and len(code) == 5) else ""
