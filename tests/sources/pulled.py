"""One pull of a source, as the worker makes it, and what it brought."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.model.batch import Batch, Kind, StatusRecord
from app.sources.base import Source


@dataclass
class Pulled:
    batches: list[Batch]

    @property
    def last(self) -> Batch:
        return self.batches[-1]

    @property
    def records(self) -> list[Any]:
        return [record for batch in self.batches for record in batch.records]

    @property
    def ids(self) -> list[str]:
        return [raw.body["id"] for raw in self.records]

    @property
    def problems(self) -> list[str]:
        return [str(problem) for batch in self.batches for problem in batch.problems]

    @property
    def statuses(self) -> dict[str, str]:
        """EVSE → status, as the batch's own reader reads it."""
        read = [self.batches[0].parse(raw).record for raw in self.records]
        return {status.evse: status.status for record in read if record for status in record.statuses}


def pull(source: Source, kind: Kind = Kind.LOCATIONS, cursor: str | None = None, *, full: bool = True) -> Pulled:
    return Pulled(list(source.ask(kind, cursor, full=full)))


def statuses_of(pulled: Pulled) -> dict[str, StatusRecord]:
    """EVSE → what a poll of statuses says of it, as the batch's own reader reads it."""
    read = [pulled.last.parse(row).record for row in pulled.records]
    return {record.evse: record for record in read if isinstance(record, StatusRecord)}
