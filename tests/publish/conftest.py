from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def text() -> bytes:
    """Some kilobytes of text with repetition, as documents have it."""
    return Path(__file__).read_bytes() * 50
