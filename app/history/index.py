"""`history/index.json`: which files there are. Stable; readers ignore members they do not know."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict, ValidationError

from app.errors import StoreError
from app.history.schema import INDEX, SCHEMA_VERSION, Table


class _Model(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Part(_Model):
    path: str
    """In the store."""
    table: Table
    day: date
    """UTC."""
    party: str
    """DE-ABC"""
    rows: int
    size: int
    """Bytes."""
    sha256: str


class Index(_Model):
    schema_version: int = SCHEMA_VERSION
    epoch: str
    """Of the feed that it was written from."""
    followed: int
    """Row of `history` in the database up to which all messages stand in the days below."""
    begins: date
    """The first day that its database has whole: those before were written from another one, and are not written again."""
    last: date
    """All days up to this one are written; one without files had nothing public."""
    generated: str
    parts: tuple[Part, ...] = ()
    """By day, table and party."""

    def to_bytes(self) -> bytes:
        return self.model_dump_json(indent=1).encode()


def read_index(data: bytes) -> Index:
    """Raises StoreError where it is none, or of a later version."""
    try:
        index = Index.model_validate_json(data)
    except ValidationError as error:
        what = f"not an index of the history: {error.errors()[0]['msg']}"
        raise StoreError(what, where=INDEX, remedy="Restore it from a backup of the store") from error
    if index.schema_version > SCHEMA_VERSION:
        raise StoreError(
            f"written with schema version {index.schema_version}; this chargefeed knows {SCHEMA_VERSION}",
            where=INDEX,
            remedy="Use a newer chargefeed",
        )
    return index
