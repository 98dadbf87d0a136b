"""Traces reach a collector where one is named, and cost nothing where none is."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from app import tracing
from tests.shared import ROOT

CONFIG = f"""
operator: {{name: Stadtwerke}}
database: sqlite:///feed.db
store: {{directory: public}}
sources: [{{name: depot, type: file, inventory: "{ROOT}/tests/data/file/inventory.csv", country_code: DE, party_id: SWM}}]
"""


class Collector(ThreadingHTTPServer):
    """Takes OTLP over HTTP, and keeps what it was sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.bodies: list[bytes] = []


class _Handler(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        self.server.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as server:
        threading.Thread(target=server.serve_forever).start()
        yield server
        server.shutdown()


def publish(folder: Path, **environment: str) -> str:
    (folder / "my.yaml").write_text(CONFIG)
    command = [sys.executable, "-m", "app.cli", "publish", "--once", "--config", str(folder / "my.yaml")]
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stderr


def test_pulls_applies_and_publications_are_told(tmp_path: Path, collector: Collector) -> None:
    service = pytest.importorskip("opentelemetry.proto.collector.trace.v1.trace_service_pb2")
    publish(tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{collector.server_port}")
    found = [service.ExportTraceServiceRequest.FromString(body) for body in collector.bodies]
    (resource,) = (spans for request in found for spans in request.resource_spans)
    about = {pair.key: pair.value.string_value for pair in resource.resource.attributes}
    assert about["service.name"] == "chargefeed"
    spans = [span for scope in resource.scope_spans for span in scope.spans]
    assert {"pull", "apply", "publish"} == {span.name for span in spans}


def test_nothing_is_done_where_no_collector_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(tracing.ENDPOINT, raising=False)
    tracing.configure("worker")
    with tracing.span("pull", {}) as span:
        assert span is None
