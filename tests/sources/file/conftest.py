"""File sources by their settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from app.clock import ManualClock
from app.sources.file import FileSettings, FileSource


@pytest.fixture
def files(clock: ManualClock) -> Callable[..., FileSource]:
    """A source called `files` of the party DE*TST, to which no file is too old; its clock stands a minute ahead, so that
    files have settled."""

    def make(**settings: Any) -> FileSource:
        given = {"name": "files", "country_code": "DE", "party_id": "TST", "ttl": "36500d", **settings}
        return FileSource(FileSettings.model_validate(given), clock)

    return make
