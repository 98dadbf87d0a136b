"""Letters of push sources, from the process that listens to the one that applies them.

1. Any process may write; each call is one short transaction, so that nobody waits for a listener.
2. The worker that holds the source's lease reads them in the order they were written, many at once where many wait, and deletes
   them once they are applied. One that is killed in between applies them again, which writes nothing.
3. No more than MOST_WAITING wait for a source: what comes then is not taken, and its sender keeps it (a broker, a backend that
   posts again) or gives up the oldest of it (a listener's own memory).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, func, insert, select
from sqlalchemy.exc import SQLAlchemyError

from app.errors import RegistryError
from app.model.batch import Kind
from app.model.letter import Letter
from app.registry.database import reading, writing
from app.registry.tables import inbox

AT_ONCE = 100
MOST_BYTES = 4 << 20
"""Read at once: whoever takes letters has them in memory."""
MOST_WAITING = 10_000
LOOK_EVERY_S = 1.0


class Inbox:
    """The letters of one source."""

    def __init__(self, engine: Engine, source: str) -> None:
        self._engine = engine
        self._source = source
        self._full = False
        self._due = float("-inf")

    def put(self, letters: Sequence[Letter]) -> None:
        """A `Sink`. Raises RegistryError where nothing was written."""
        try:
            with writing(self._engine) as connection:
                self._ensure_room(connection)
                connection.execute(insert(inbox), [row_of(self._source, letter) for letter in letters])
        except SQLAlchemyError as error:
            what = str(getattr(error, "orig", error)).splitlines()[0]
            raise RegistryError(f"the inbox cannot be written: {what}", remedy="Check `database`") from error

    def take(self, kind: Kind) -> Iterator[list[Letter]]:
        """Oldest first, until there is none. They are deleted when the next ones are asked for: apply them before."""
        while found := self._oldest(kind):
            yield [Letter(kind, row.received_at, row.payload) for row in found]
            with writing(self._engine) as connection:
                connection.execute(delete(inbox).where(inbox.c.id.in_([row.id for row in found])))

    def _oldest(self, kind: Kind) -> Sequence[Row[Any]]:
        query = select(inbox).where(inbox.c.source == self._source, inbox.c.kind == kind.value).order_by(inbox.c.id)
        with reading(self._engine) as connection:
            rows = connection.execute(query.limit(AT_ONCE)).all()
        sizes = accumulate(len(row.payload) for row in rows)
        return [
            row for place, (row, size) in enumerate(zip(rows, sizes, strict=True)) if size <= MOST_BYTES or not place
        ]

    def _ensure_room(self, connection: Connection) -> None:
        """Counted once a second. Raises RegistryError."""
        if time.monotonic() >= self._due:
            some = select(inbox.c.id).where(inbox.c.source == self._source).limit(MOST_WAITING).subquery()
            self._full = connection.execute(select(func.count()).select_from(some)).scalar_one() >= MOST_WAITING
            self._due = time.monotonic() + LOOK_EVERY_S
        if self._full:
            remedy = "More comes than is written, or no worker leads the source: look at the workers"
            raise RegistryError(f"the inbox is full: {MOST_WAITING} letters of {self._source} wait", remedy=remedy)


def row_of(source: str, letter: Letter) -> dict[str, Any]:
    """Of the table."""
    return {
        "source": source,
        "kind": letter.kind.value,
        "payload": letter.payload,
        "received_at": letter.received_at,
    }
