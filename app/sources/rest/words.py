"""What a backend's word for a status means in OCPI.

The source's own `status_map` first, then the description's, then the words of OCPI and OCPP themselves. Compared without case,
blanks, `-`, `_` and prefixes such as `OCPP16_`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.model.enums import Status
from app.model.problem import Problem, Severity
from app.sources.ocpp_words import STATUSES, plain

_KNOWN: dict[str, str] = {**{status.value.lower(): status.value for status in Status}, **STATUSES}


class Words:
    def __init__(self, *maps: Mapping[str, str]) -> None:
        """The first that has a word counts."""
        self._meanings = dict(_KNOWN)
        for words in reversed(maps):
            self._meanings.update({plain(word): meaning for word, meaning in words.items()})

    def meaning(self, word: Any) -> str | None:
        """An OCPI status; None for a word that nobody explained. Numbers are words too."""
        return self._meanings.get(plain(str(word)))


def unknown(word: Any, record: str, where: str, path: str) -> Problem:
    """Told of a word without a meaning."""
    if word is None or word == "":
        return Problem("has no status: read as UNKNOWN", Severity.PARTLY, record=record, where=where, path=path)
    return Problem(
        "no known status: read as UNKNOWN",
        Severity.PARTLY,
        record=record,
        where=where,
        path=path,
        value=str(word)[:80],
        remedy="Say in `status_map` of the source what the word means",
    )
