"""What `/metrics` says: the requests of all web processes, and the feed itself as the database has it.

Where several processes serve, `PROMETHEUS_MULTIPROC_DIR` names the folder in which they count together.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

REQUEST_BUCKETS_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)


class Requests:
    """Counts requests by endpoint. One per process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._answers = Counter(
            "chargefeed_http_requests",
            "Requests answered",
            ("endpoint", "method", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "chargefeed_http_request_seconds",
            "Time from the request to the start of its answer",
            ("endpoint",),
            buckets=REQUEST_BUCKETS_S,
            registry=self._registry,
        )
        self._children: dict[tuple[str, str, str], tuple[Counter, Histogram]] = {}

    def count(self, endpoint: str, method: str, status: str, seconds: float) -> None:
        key = (endpoint, method, status)
        children = self._children.get(key)
        if children is None:
            method = method if method in ("GET", "HEAD", "OPTIONS") else "other"
            children = self._answers.labels(endpoint, method, status), self._seconds.labels(endpoint)
            if method != "other":
                self._children[key] = children
        children[0].inc()
        children[1].observe(seconds)

    def described(self) -> Iterable[Metric]:
        """What it counts."""
        return self._registry.collect()

    def exposition(self, accept: str, figures: Callable[[], Iterable[Metric]]) -> tuple[bytes, str]:
        """(body, content type) in the text format the scraper takes; `figures` gives what is not about requests."""
        registry = CollectorRegistry()
        if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        else:
            registry.register(_Given(self._registry.collect))
        registry.register(_Given(figures))
        encode, content_type = choose_encoder(accept)
        return encode(registry), content_type


class _Given(Collector):
    def __init__(self, collect: Callable[[], Iterable[Metric]]) -> None:
        self._collect = collect

    def collect(self) -> Iterable[Metric]:
        return self._collect()

    def describe(self) -> Iterable[Metric]:
        return []
