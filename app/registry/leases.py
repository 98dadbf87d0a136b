"""Who may do what, where several workers share one database: leases by the database's clock.

1. A lease lives LIFE; its holder renews it well before. An expired one may be taken by anyone, and its own holder may renew it.
   One that ends later than any can was written before the database's clock was set back: it counts as expired.
2. `epoch` rises with every change of holder, also when a lease comes back to a former holder; so rows stay, but for those of
   names that nobody will use again (`forget`).
3. Every write transaction calls `check_lease` first. It compares holder and epoch, not the time: until somebody else has taken
   the lease the write is still the only one. Its shared lock on the row keeps others from taking the lease before the commit.
4. No session-level locks: all of it works through PgBouncer in transaction mode.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, case, delete, func, literal, or_, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import BigInteger

from app.clock import Millis
from app.errors import LeaseLost
from app.registry.database import writing
from app.registry.tables import lease as table

LIFE: Millis = 15_000
FORGOTTEN_AFTER: Millis = 3_600_000
WORKER, SOURCE, DUTY, DESTINATION = "worker:", "source:", "duty:", "destination:"
"""What names begin with: each worker's sign of life, what one worker alone does."""


@dataclass(frozen=True, slots=True)
class Lease:
    name: str
    holder: str
    epoch: int
    life: Millis = field(default=LIFE, compare=False)
    """How long it is held without being renewed."""


class database_now(FunctionElement[int]):  # noqa: N801
    """Milliseconds since 1970 by the database's clock, at the moment the row is looked at."""

    type = BigInteger()
    inherit_cache = True


@compiles(database_now, "postgresql")
def _postgresql_now(element: Any, compiler: Any, **_: Any) -> str:
    return "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)"


@compiles(database_now, "sqlite")
def _sqlite_now(element: Any, compiler: Any, **_: Any) -> str:
    # unixepoch('subsec') would say the same, but only from SQLite 3.42 (Debian 12 has 3.40).
    return "CAST(ROUND((julianday('now') - 2440587.5) * 86400000) AS INTEGER)"


class Leases:
    """The leases of one holder (a worker process); each call is one short transaction of its own."""

    def __init__(self, engine: Engine, holder: str, life: Millis = LIFE) -> None:
        self._engine = engine
        self.holder = holder
        self._life = life

    def acquire(self, name: str) -> Lease | None:
        """Takes a lease that is free or expired, or keeps one's own; None where another holds it."""
        insert = sqlite.insert if self._engine.dialect.name == "sqlite" else postgresql.insert
        until = database_now() + literal(self._life)
        new = insert(table).values(name=name, holder=self.holder, epoch=1, expires_at=until)
        own = table.c.holder == self.holder
        statement = new.on_conflict_do_update(
            index_elements=[table.c.name],
            set_={
                "holder": self.holder,
                "epoch": table.c.epoch + case((own, 0), else_=1),
                "expires_at": until,
            },
            where=or_(own, ~_in_force(self._life)),
        ).returning(table.c.epoch)
        with writing(self._engine) as connection:
            epoch = connection.execute(statement).scalar_one_or_none()
        return None if epoch is None else Lease(name, self.holder, epoch, self._life)

    def renew(self, leases: Sequence[Lease]) -> list[Lease]:
        """Those of the given leases that are still held, each with a full life again."""
        statement = update(table).values(expires_at=database_now() + literal(self._life))
        with writing(self._engine) as connection:
            return [lease for lease in leases if connection.execute(statement.where(*_is(lease))).rowcount]

    def release(self, lease: Lease) -> None:
        """Others may take it at once; without effect where they already have."""
        with writing(self._engine) as connection:
            connection.execute(update(table).where(*_is(lease)).values(expires_at=0))

    def held(self, prefix: str) -> dict[str, str]:
        """Name → holder of the leases in force whose name begins with `prefix`."""
        query = select(table.c.name, table.c.holder).where(
            table.c.name.startswith(prefix, autoescape=True), _in_force(self._life)
        )
        with self._engine.connect() as connection:
            return {row.name: row.holder for row in connection.execute(query)}

    def forget(self, prefix: str) -> None:
        """Deletes what ended FORGOTTEN_AFTER ago, of names that begin with `prefix` and are used once."""
        ended = table.c.expires_at < database_now() - literal(FORGOTTEN_AFTER)
        with writing(self._engine) as connection:
            connection.execute(delete(table).where(table.c.name.startswith(prefix, autoescape=True), ended))


def check_lease(connection: Connection, lease: Lease) -> None:
    """To be called in every write transaction. Raises LeaseLost where another worker has taken the lease."""
    if connection.dialect.name == "postgresql":
        # A process that is stopped inside its transaction must not keep the locks beyond a lease's life.
        connection.execute(text(f"SET LOCAL idle_in_transaction_session_timeout = {LIFE}"))
    # SQLite has one writer at a time anyway, and leaves FOR SHARE out.
    query = select(table.c.epoch).where(*_is(lease)).with_for_update(read=True)
    if connection.execute(query).first() is None:
        raise LeaseLost(
            f"the lease `{lease.name}` has gone to another worker",
            where=lease.holder,
            remedy="Nothing was written, and nothing needs to be done",
        )


def _is(lease: Lease) -> tuple[ColumnElement[bool], ...]:
    return table.c.name == lease.name, table.c.holder == lease.holder, table.c.epoch == lease.epoch


def _in_force(life: Millis, margin: Millis = 0) -> ColumnElement[bool]:
    """And will be when `margin` is over."""
    left = table.c.expires_at - database_now()
    return left.between(literal(margin + 1), literal(2 * life))


def unwritten(connection: Connection) -> Millis | None:
    """For how long no worker has renewed its sign of life; None: one has, or those of the last hour ended in good order."""
    now = database_now()
    signs = table.c.name.startswith(WORKER), table.c.expires_at > now - literal(FORGOTTEN_AFTER)
    left = connection.execute(select(func.max(table.c.expires_at) - now).where(*signs)).scalar()
    return LIFE - left if left is not None and left <= 0 else None


def still_leads(engine: Engine, lease: Lease, margin: Millis) -> bool:
    """Whether nobody else can have taken the lease before `margin` is over: for what no transaction can guard, such as a
    request to somebody's server."""
    query = select(table.c.epoch).where(*_is(lease), _in_force(lease.life, margin))
    with engine.connect() as connection:
        return connection.execute(query).first() is not None
