"""What an inventory has and no other source speaks of is told with its pull, bounded and counted."""

from __future__ import annotations

import pytest

from app.clock import ManualClock
from app.registry import apart
from app.registry.apply import Registry
from tests.registry.backend import Backend, connector, evse, location, tariff

PLACE = location("L1", *(evse(f"E{number}", status=None) for number in range(1, 5)))


def test_evses_of_which_no_source_says_a_status(
    backend: Backend, registry: Registry, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend.locations(PLACE)
    assert backend.locations(PLACE).problems == (), "statuses were never polled"
    live = Backend(registry, clock, "live")
    live.statuses(("DE*ABC*E1", "AVAILABLE"))
    applied = backend.locations(PLACE)
    told = [(problem.what, problem.record) for problem in applied.problems]
    assert told == [("no source says a status of this EVSE", f"DE*ABC*E{number}") for number in (2, 3, 4)]
    [state] = [state for state in registry.source_states() if state.source == "abc"]
    assert len(state.problems) == 3
    monkeypatch.setattr(apart, "NAMED", 2)
    assert [problem.what for problem in backend.locations(PLACE).problems] == [
        "no source says a status of this EVSE (3 in all)"
    ] * 2
    live.statuses(*((f"DE*ABC*E{number}", "AVAILABLE") for number in range(1, 5)))
    assert backend.locations(PLACE).problems == ()


def test_tariffs_that_connectors_name_and_no_source_has(backend: Backend, registry: Registry) -> None:
    backend.locations(location("L1", evse("E1", connector(tariff_ids=["day", "night"]))))
    [problem] = backend.tariffs(tariff("day")).problems
    assert (problem.what, problem.record) == ("connectors name this tariff and no source has it", "de*abc/night")
    assert backend.tariffs(tariff("day"), tariff("night")).problems == ()
