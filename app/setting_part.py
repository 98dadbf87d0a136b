"""What every part of the settings is, and the kinds of values that several have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

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


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, data: Any) -> Any:
        """`guards:` with everything below it commented out means the defaults."""
        return {name: value for name, value in data.items() if value is not None} if isinstance(data, dict) else data


class Docs(Part):
    support: Text | None = None
    """What `/docs/support` says beside name and address: Markdown, or a file of it (`….md`)."""
    roadmap: Text | None = None
    """What `/docs/roadmap` says; likewise. (EU) 2025/645 asks for both."""
