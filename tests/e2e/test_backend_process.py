"""A backend in a process of its own, that dies in the middle of a crawl and comes back."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from app.clock import SystemClock
from app.errors import SourceUnreachable
from app.model.batch import Kind
from app.registry.apply import Registry
from app.sources.ocpi import OcpiSettings, OcpiSource
from tests.e2e.backend import public_bytes, pull
from tests.processes import free_port
from tests.shared import ROOT


@contextmanager
def backend(port: int, *options: str) -> Iterator[subprocess.Popen[str]]:
    """Ready when it has said its URL."""
    data = ROOT / "tests" / "data" / "ocpi" / "2.2.1"
    command = [sys.executable, ROOT / "tests" / "ocpi_sender.py", data, "--port", str(port), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == f"http://127.0.0.1:{port}/versions"
        try:
            yield process
        finally:
            process.kill()


def test_a_backend_killed_in_the_middle_of_a_crawl(registry: Registry):
    port = free_port()
    options = ("--limit", "2", "--token", "s3cret", "--form", "raw")
    settings = {"name": "backend", "url": f"http://127.0.0.1:{port}/versions", "token": "s3cret", "retry_wait": 0}
    source = OcpiSource(OcpiSettings.model_validate(settings), SystemClock())
    with backend(port, *options) as process:
        pull(source, registry)
        before = public_bytes(registry)
        source = OcpiSource(source.settings, SystemClock())
        batches = source.fetch(Kind.LOCATIONS, registry.cursor("backend", Kind.LOCATIONS), full=True)
        registry.apply(next(batches))
        process.kill()
        process.wait(20)
        with pytest.raises(SourceUnreachable, match="no connection"):
            registry.apply(next(batches))
    assert public_bytes(registry) == before
    assert registry.held() == []
    with backend(port, *options):
        pull(source, registry)
    assert public_bytes(registry) == before
