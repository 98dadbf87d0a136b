"""What an OCPP endpoint counts."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

FRAMES = Counter("chargefeed_ocpp_frames", "Frames by direction: in (from charge points), out", ["source", "way"])
FAULTS = Counter(
    "chargefeed_ocpp_faults",
    "Malformed frames, statuses no version knows, refused and replaced connections, frames not written down",
    ["source", "what"],
)
CONNECTIONS = Gauge(
    "chargefeed_ocpp_connections", "Charge points that are connected", ["source"], multiprocess_mode="livesum"
)
