"""Sessions for QualiCharge, in batches that it takes or refuses as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.clock import Clock
from app.delivery.apart import Sent
from app.delivery.qualicharge.batches import Row, send_rows
from app.delivery.qualicharge.plan import TWICE
from app.delivery.qualicharge.session import Session
from app.delivery.qualicharge.settings import QualiChargeSettings

PATH = "/dynamique/session/bulk"
PAUSE_S = 6.0
"""Between two batches: ten a minute are announced."""
NOT_THERE = 404
"""The point is not known yet, or decommissioned."""


class SessionSender:
    def __init__(self, settings: QualiChargeSettings, clock: Clock) -> None:
        paused = settings.model_copy(update={"pause": settings.pause and max(settings.pause, PAUSE_S)})
        self._session = Session(paused, clock)
        self._size = settings.batch_size

    def send(self, rows: Sequence[Row]) -> Iterator[Sent[Row]]:
        """What became of each; one that was there already was taken. Raises DeliveryError."""
        for sent in send_rows(self._session, PATH, rows, self._size):
            yield Sent(sent.row, sent.code) if sent.code == TWICE else sent
