"""What the processes count. With PROMETHEUS_MULTIPROC_DIR set (`run` does) all of them add up in one `/metrics`."""

from __future__ import annotations

from prometheus_client import Counter, Histogram

SECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 60, 120, 300, 900, 3600)
"""15 s, 30 s and 60 s are the law's (DESIGN §1.4): a bucket ends at each."""

PULLS = Counter("chargefeed_pulls", "Pulls by outcome: ok, failed, abandoned", ["source", "kind", "outcome"])
PULL_SECONDS = Histogram("chargefeed_pull_seconds", "Duration of a pull", ["source", "kind"], buckets=SECONDS)
STATUS_DELAY_SECONDS = Histogram(
    "chargefeed_status_delay_seconds",
    "Delay of a status change: occurred_received, received_published, published_snapshot (readable in the store)",
    ["source", "stage"],
    buckets=SECONDS,
)
PUBLICATIONS = Counter("chargefeed_publications", "Snapshot rounds by outcome: ok, failed", ["outcome"])
PUBLICATIONS_WITHHELD = Counter(
    "chargefeed_publications_withheld",
    "Documents not written in a snapshot round since they are not valid: their last good ones stay",
    ["format"],
)
PUBLICATION_SECONDS = Histogram("chargefeed_publication_seconds", "Duration of a snapshot round", buckets=SECONDS)
DELIVERIES = Counter(
    "chargefeed_deliveries",
    "Objects brought to a destination by outcome: delivered, refused, failed",
    ["destination", "kind", "outcome"],
)
DELIVERY_DELAY_SECONDS = Histogram(
    "chargefeed_delivery_delay_seconds",
    "From a change to its delivery, counted from when it was published or occurred",
    ["destination", "stage"],
    buckets=SECONDS,
)
