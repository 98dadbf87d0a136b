"""Sessions and CDRs to one partner: PUT of a Session, POST of a CDR, until it has them.

1. Nothing is sent where it is not registered; what is due waits, and goes when it is deleted by age.
2. Where it fails, it is left alone for longer and longer; what it refuses is not sent again, unless a session changes.
3. An answer that is lost has the same sent again: it is told apart by its id. Where a CDR is then there already (HTTP 409), it
   has arrived.
4. A partner without the endpoint reads what is its own by GET.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import structlog

from app.clock import Clock
from app.delivery.retry import spread, wait_after
from app.errors import DeliveryError, DestinationBusy, ObjectRefused
from app.formats.ocpi.charged import SESSIONS
from app.formats.ocpi.charged_versions import downgraded
from app.registry.private.outbox import Outbox, Record, Stored
from app.roaming.calls import Line, Said
from app.roaming.partners import Counterparty

AT_ONCE = 20
CONFLICT = 409

log = structlog.get_logger()


class Forwarding:
    """To one partner. One call at a time."""

    def __init__(self, line: Line, outbox: Outbox, clock: Clock) -> None:
        self._line = line
        self._outbox = outbox
        self._clock = clock
        self._failures = 0
        self._until = 0

    def run(self) -> int:
        """Sends what is due; returns how many arrived. Raises RegistryError."""
        found, now = self._line.counterparty(), self._clock.now()
        due = [] if found is None or now < self._until else self._outbox.due(self._line.name, now, AT_ONCE)
        arrived = 0
        for stored in due:
            assert found is not None
            try:
                self._outbox.settle(stored.record, self._sent(found, stored))
                arrived, self._failures = arrived + 1, 0
            except ObjectRefused as error:
                log.error(
                    "refused by the partner", module=stored.record.module, partner=self._line.name, error=str(error)
                )
                self._outbox.settle(stored.record, {"word": "refused", "error": str(error)})
            except DeliveryError as error:
                self._leave_alone(stored, error)
                break
        return arrived

    def _sent(self, found: Counterparty, stored: Stored) -> Mapping[str, Any]:
        """What became of it. Raises DeliveryError."""
        record = stored.record
        endpoint = found.endpoints.get(record.module)
        if endpoint is None:
            return {"word": "pulled"}
        body, losses = downgraded(record.body, found.version, record.last_updated)
        said = self._call(found, record, endpoint, body, again=stored.failures > 0)
        lost = {"losses": [f"{loss.path}: {loss.reason}" for loss in losses]} if losses else {}
        location = said.answer.headers.get("Location")
        return {"word": "told", **lost, **({"location": location} if location else {})}

    def _call(self, found: Counterparty, record: Record, endpoint: str, body: Any, *, again: bool) -> Said:
        between = record.owner, record.party
        if record.module == SESSIONS:
            ids = (*record.owner.split("*"), record.id)
            url = "/".join((endpoint.rstrip("/"), *(quote(part, safe="") for part in ids)))
            return self._line.call(found, "PUT", url, body, between=between)
        judged = (CONFLICT,) if again else ()
        return self._line.call(found, "POST", endpoint, body, between=between, judged=judged)

    def _leave_alone(self, stored: Stored, error: DeliveryError) -> None:
        settings, self._failures = self._line.settings, self._failures + 1
        wait = spread(wait_after(self._failures, settings.retry_wait, settings.longest_wait))
        if isinstance(error, DestinationBusy) and error.wait is not None:
            wait = max(wait, min(error.wait, 86_400.0))
        log.warning("not told to the partner", partner=self._line.name, error=str(error), failures=self._failures)
        self._until = self._clock.now() + round(wait * 1000)
        self._outbox.postpone(stored.record, self._until, str(error))
