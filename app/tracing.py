"""Traces by OpenTelemetry, of each pull, apply, publication, delivery and request.

Off unless OTEL_EXPORTER_OTLP_ENDPOINT says where they go, and the extra `otel` is installed; all else is said by OpenTelemetry's
own variables (OTEL_SERVICE_NAME, OTEL_TRACES_SAMPLER, OTEL_EXPORTER_OTLP_HEADERS …).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import structlog

from app import __version__

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
_OFF: AbstractContextManager[Any] = nullcontext()
_tracer: Any = None

log = structlog.get_logger()


def configure(process: str) -> None:
    """Once in each process, and not before a fork: it starts the thread that sends."""
    global _tracer
    if not os.environ.get(ENDPOINT):
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import SERVICE_NAME, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        log.warning("no traces: pip install 'chargefeed[otel]'", wanted_by=ENDPOINT)
        return
    about = {"chargefeed.process": process, "service.version": __version__}
    if "OTEL_SERVICE_NAME" not in os.environ:
        about[SERVICE_NAME] = "chargefeed"
    provider = TracerProvider(resource=Resource.create(about))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    _tracer = provider.get_tracer("chargefeed", __version__)


def span(name: str, attributes: Mapping[str, str | int | bool]) -> AbstractContextManager[Any]:
    """Around what is done; what it raises is noted. Gives None while traces are off."""
    return _OFF if _tracer is None else _tracer.start_as_current_span(name, attributes=attributes)
