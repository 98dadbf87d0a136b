"""The kinds of values that several parts of the settings have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

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


class Docs(Part):
    support: Text | None = None
    """What `/docs/support` says beside name and address: Markdown, or a file of it (`….md`)."""
    roadmap: Text | None = None
    """What `/docs/roadmap` says; likewise. (EU) 2025/645 asks for both."""
