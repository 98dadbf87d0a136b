"""Letters of push sources, from the process that listens to the one that applies them.

1. Any process may write; each call is one short transaction, so that nobody waits for a listener.
2. The worker that holds the source's lease reads them in the order they were written, and deletes each once its batch is applied.
   One that is killed in between applies it again, which writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Engine, delete, insert, select
from sqlalchemy.exc import SQLAlchemyError

from app.errors import RegistryError
from app.model.batch import Kind
from app.model.letter import Letter
from app.registry.database import reading, writing
from app.registry.tables import inbox

AT_ONCE = 20


class Inbox:
    """The letters of one source."""

    def __init__(self, engine: Engine, source: str) -> None:
        self._engine = engine
        self._source = source

    def put(self, letters: Sequence[Letter]) -> None:
        """A `Sink`. Raises RegistryError where nothing was written."""
        try:
            with writing(self._engine) as connection:
                connection.execute(insert(inbox), [row_of(self._source, letter) for letter in letters])
        except SQLAlchemyError as error:
            what = str(getattr(error, "orig", error)).splitlines()[0]
            raise RegistryError(f"the inbox cannot be written: {what}", remedy="Check `database`") from error

    def take(self, kind: Kind) -> Iterator[Letter]:
        """Oldest first, until there is none. A letter is deleted when the next one is asked for: apply it before."""
        query = select(inbox).where(inbox.c.source == self._source, inbox.c.kind == kind.value).order_by(inbox.c.id)
        while True:
            with reading(self._engine) as connection:
                rows = connection.execute(query.limit(AT_ONCE)).all()
            for row in rows:
                yield Letter(kind, row.received_at, row.payload)
                with writing(self._engine) as connection:
                    connection.execute(delete(inbox).where(inbox.c.id == row.id))
            if len(rows) < AT_ONCE:
                return


def row_of(source: str, letter: Letter) -> dict[str, Any]:
    """Of the table."""
    return {
        "source": source,
        "kind": letter.kind.value,
        "payload": letter.payload,
        "received_at": letter.received_at,
    }
