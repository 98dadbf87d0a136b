"""Kinds of values that several parts of the settings have, and the parts that no room has for its own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, field_validator

from app.model.duration import Duration
from app.model.part import Part

Url = Annotated[str, Field(pattern=r"^https?://[^\s/]+(/\S*)?$")]


def _supported(url: str) -> str:
    # Without sqlalchemy, whose import takes longer than all the rest of a start.
    scheme, found, rest = url.partition("://")
    if not found:
        raise ValueError("not a database URL such as sqlite:///data/chargefeed.db")
    if scheme == "sqlite":
        if rest in ("", "/", "/:memory:") or not rest.startswith("/"):
            raise ValueError("several processes share the database: SQLite needs a file, sqlite:///data/chargefeed.db")
        return url
    if scheme not in ("postgresql", "postgresql+psycopg"):
        raise ValueError(f"{scheme} is not supported: use sqlite or postgresql")
    return f"postgresql+psycopg://{rest}"


DatabaseUrl = Annotated[str, AfterValidator(_supported)]

Text = Annotated[Path | str, BeforeValidator(lambda text: Path(text) if str(text).endswith(".md") else text)]
"""Markdown, or a file of it."""


class Guards(Part):
    pulls: int = Field(3, ge=1)
    """An EVSE is REMOVED after so many complete pulls in a row without it …"""
    after: Duration = Field(24 * 3600)
    """… and so long after the first of them; till then it is UNKNOWN."""
    share: float = Field(0.10, gt=0, le=1)
    """A pull without more than this part of a source's EVSEs is held for a person."""


class Retention(Part):
    """For how long the database keeps what only grows (deploy/operations.md)."""

    changes: Duration = Field(7 * 86400, gt=0)
    """The journal: so long after a change a reader, stream or destination can go on from there."""
    behind: Duration = Field(30 * 86400, gt=0)
    """Beyond that, for so long at most, where a destination, the documents or the evaluation are behind."""
    statuses: Duration = Field(30 * 86400, gt=0)
    """Statuses of the past that stand in Parquet files; where none are written they stay for `history.keep_status`."""
    findings: Duration = Field(400 * 86400, ge=31 * 86400)
    """Findings since they were mended, and the figures of days."""


class Docs(Part):
    support: Text | None = None
    """What `/docs/support` says beside name and address: Markdown, or a file of it (`….md`)."""
    roadmap: Text | None = None
    """What `/docs/roadmap` says; likewise. (EU) 2025/645 asks for both."""


class MapTiles(Part):
    url: Annotated[str, Field(pattern=r"^https?://[^\s/{}]+/\S*\{z\}\S*$")]
    """Of one tile, with `{z}`, `{x}` and `{y}` in it; browsers ask that host and no other."""
    attribution: str = Field(min_length=1, max_length=200)
    """What its provider wants to be said below the map; plain text."""
    max_zoom: int = Field(19, ge=1, le=24)
    """The closest that it has."""

    @field_validator("url")
    @classmethod
    def _names_a_tile(cls, url: str) -> str:
        if "{x}" not in url or "{y}" not in url:
            raise ValueError("it must have {z}, {x} and {y} in it, such as https://tile.example/{z}/{x}/{y}.png")
        return url


class Pages(Part):
    map_tiles: MapTiles | None = None
    """The picture below the map; None: the map is drawn without one, and no browser asks a third party for anything."""
