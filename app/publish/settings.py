"""The part `snapshots` of the settings."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from app.model.duration import Duration
from app.model.part import Part


def _fitting(patterns: tuple[str, ...]) -> tuple[str, ...]:
    if not patterns:
        return patterns
    from app.publish.left_out import checked  # all formats come with it, and few leave anything out

    return checked(patterns)


class SnapshotSettings(Part):
    status_every: Duration = Field(10, ge=1)
    """How often documents that hold statuses are written where something changed."""
    static_every: Duration = Field(600, ge=1)
    """How often the others are."""
    leave_out: Annotated[tuple[str, ...], AfterValidator(_fitting)] = ()
    """Documents that are not published: names as `/open/manifest.json` has them below `/open/`, `*` for anything."""
