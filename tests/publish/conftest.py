from __future__ import annotations

from pathlib import Path

import pytest

from tests.store.conftest import bucket, credentials, directory, moto_server, proxy, s3, store

__all__ = ["bucket", "credentials", "directory", "moto_server", "proxy", "s3", "store", "text"]


@pytest.fixture
def text() -> bytes:
    """Some kilobytes of text with repetition, as documents have it."""
    return Path(__file__).read_bytes() * 50
