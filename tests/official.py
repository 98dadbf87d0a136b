"""The official schemas out of the shared data, and formats that break their rules."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from app.formats.base import Context, Format, Rendered, format_named
from app.publish.judge import Judge
from app.validation import official_schemas
from tests.shared import data_folder

needs_schemas = pytest.mark.skipif(not data_folder().is_dir(), reason=f"no shared test data in {data_folder()}")
BROKEN = "Broken"
"""Name of a location that makes a document invalid."""


@cache
def judge() -> Judge:
    return Judge(official_schemas(data_folder())[0])


def breaking(name: str, good: bytes, bad: bytes) -> Format:
    """A format that writes `bad` for the first `good` in a location of that name."""
    form = type(format_named(name))

    class Breaking(form):  # type: ignore[valid-type, misc]
        def location(self, body: dict[str, Any], context: Context) -> Rendered:
            return broken(super().location(body, context), body, good, bad)

    return Breaking()


def broken(rendered: Rendered, body: dict[str, Any], good: bytes, bad: bytes) -> Rendered:
    if body.get("name") != BROKEN or rendered.body is None:
        return rendered
    assert good in rendered.body
    return Rendered(rendered.body.replace(good, bad, 1), rendered.losses)
