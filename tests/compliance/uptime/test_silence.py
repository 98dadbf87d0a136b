"""What nobody was there to notice is not up by itself."""

from __future__ import annotations

from collections.abc import Callable

from app.clock import ManualClock
from app.compliance.uptime.judging import uptimes
from app.compliance.uptime.sheet import MINUTE, read_sheet
from app.compliance.uptime.window import Window
from app.model.batch import Origin, StatusRecord
from app.registry.apply import Registry
from app.registry.views import View
from tests.registry.backend import HOUR, Backend, evse, location

TTL = 15 * MINUTE
SHEET = read_sheet("us_ca").model_copy(
    update={
        "population": read_sheet("us_ca").population.model_copy(
            update={"countries": frozenset(), "regions": frozenset(), "levels": frozenset()}
        )
    }
)


def unobserved(backend: Backend, since: int) -> dict[str, int]:
    now = backend.clock.now()
    found = uptimes(backend.registry.engine, SHEET, [Window("w", since, now)], now, View())
    return {one.port.uid: one.unobserved for one in found}


def test_while_chargefeed_itself_stood_still_nothing_is_up_until_a_late_status_says_so(
    open_registry: Callable[..., Registry], clock: ManualClock
) -> None:
    backend = Backend(open_registry(), clock)
    begin = clock.now()
    backend.locations(location("L1", evse("E1"), evse("E2")))
    backend.statuses(("E1", "AVAILABLE"), ("E2", "AVAILABLE"))
    clock.advance(seconds=10 * 3600)
    backend.registry.tick()
    clock.advance(seconds=60)
    backend.statuses(("E1", "AVAILABLE"), ("E2", "AVAILABLE"))
    assert unobserved(backend, begin) == {"E1": 10 * HOUR + MINUTE - TTL, "E2": 10 * HOUR + MINUTE - TTL}
    clock.advance(seconds=60)
    backend.events(StatusRecord("E2", "CHARGING", begin + 2 * HOUR, Origin.CHARGER, queued=True))
    assert unobserved(backend, begin)["E2"] == 2 * HOUR - TTL + MINUTE
