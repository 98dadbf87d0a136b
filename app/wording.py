"""Sentences that stand in the code, and are shown on pages in the reader's language.

A `Worded` is its English text, for logs, commands and JSON; it also knows its message and what was put into it, so that a page
can look up the translation (`app.web.languages`). Messages are found in the code by the names of `worded` and `counted`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self


class Worded(str):
    message: str
    many: str
    """The message for other numbers than 1, of which `values` has `n`; empty: it depends on no number."""
    values: Mapping[str, object]
    """What stands for `%(name)s`: text as it is, numbers, further sentences, or a tuple of them, told one after the other."""

    def __new__(cls, message: str, values: Mapping[str, object] | None = None, many: str = "") -> Self:
        values = values or {}  # without them where a copy is made, which takes over the rest itself
        form = many if many and values["n"] != 1 else message
        told = super().__new__(cls, filled(form, {name: _plain(value) for name, value in values.items()}))
        told.message, told.many, told.values = message, many, values
        return told


def worded(message: str, **values: object) -> Worded:
    return Worded(message, values)


def counted(n: int, message: str, many: str, **values: object) -> Worded:
    return Worded(message, {"n": n, **values}, many)


def together(*sentences: str) -> Worded:
    """One after the other; empty ones are left out."""
    return Worded("%(all)s", {"all": tuple(filter(None, sentences))})


def filled(message: str, values: Mapping[str, object]) -> str:
    return message % values if values else message


def _plain(value: object) -> str:
    return "; ".join(map(_plain, value)) if isinstance(value, tuple) else str(value)
