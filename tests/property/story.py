"""Anything that may happen to a registry: pulls, polls, pushes, time, decisions, in any order and with defects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from sqlalchemy import Engine

from app.clock import ManualClock
from app.model.batch import Batch, Origin, StatusRecord
from app.registry.apply import Registry
from app.registry.policy import SourcePolicy
from tests.registry.backend import (
    HOUR,
    MINUTE,
    Body,
    connector,
    events_batch,
    evse,
    location,
    locations_batch,
    statuses_batch,
    tariff,
    tariffs_batch,
)
from tests.registry.conftest import emptied

CANARY = "CANARY"
"""In whatever must not be public."""

# The guards let much through here, so that stories of a few steps get as far as removals.
POLICIES = {
    "abc": SourcePolicy(hold_share=0.6, removal_pulls=2, removal_after=HOUR, ttl=15 * MINUTE, ended_tariffs_stay=HOUR),
    "other": SourcePolicy(priority=1, ttl=5 * MINUTE),
}
SITES = {"A": ("E1", "E2", "E3"), "B": ("E4", "E5"), "C": ("E6",)}
UIDS = [uid for uids in SITES.values() for uid in uids]
TARIFFS = ("T1", "T2", "T3")
PLANS = ("P1", "T1")
"""Names of price plans; one is also the id of a tariff that may be of another plan, or of none."""
STATUSES = ("AVAILABLE", "CHARGING", "OUTOFORDER", "UNKNOWN")

sources = st.sampled_from(["abc", "abc", "abc", "other"])
statuses = st.sampled_from([*STATUSES, *STATUSES, "REMOVED"])
points = st.fixed_dictionaries(
    {
        "status": st.none() | statuses,
        "place": st.sampled_from("12"),
        "tariffs": st.lists(st.sampled_from(sorted({*TARIFFS, *PLANS})), max_size=2, unique=True),
        "broken": st.sampled_from([False, False, False, True]),
        "scheduled": st.sampled_from([False, False, False, True]),
    }
)


@st.composite
def sites(draw: st.DrawFn) -> dict[str, dict[str, Any]]:
    """Location id → what a pull says of it."""
    chosen = draw(st.lists(st.sampled_from(sorted(SITES)), unique=True, max_size=3))
    return {
        id: {
            "publish": draw(st.booleans()),
            "name": draw(st.sampled_from(["Markt", "Bahnhof"])),
            "broken": draw(st.sampled_from([False, False, False, False, True])),
            "points": draw(st.dictionaries(st.sampled_from(SITES[id]), points, max_size=3)),
        }
        for id in chosen
    }


tariff_facts = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["AD_HOC_PAYMENT", "AD_HOC_PAYMENT", "REGULAR"]),
        "currency": st.sampled_from(["EUR", "SEK"]),
        "windows": st.booleans(),
        "ends": st.booleans(),
        "plan": st.none() | st.sampled_from(PLANS),
    }
)
events = st.tuples(
    st.sampled_from(UIDS), statuses, st.none() | st.integers(-20, 5).map(lambda n: n * MINUTE), st.booleans()
)
steps = st.one_of(
    st.tuples(st.just("locations"), sources, st.booleans(), sites()),
    st.tuples(st.just("locations"), st.just("abc"), st.just(True), sites()),
    st.tuples(st.just("tariffs"), sources, st.booleans(), st.dictionaries(st.sampled_from(TARIFFS), tariff_facts)),
    st.tuples(st.just("statuses"), sources, st.booleans(), st.dictionaries(st.sampled_from(UIDS), statuses)),
    st.tuples(st.just("events"), sources, st.lists(events, min_size=1, max_size=4)),
    st.tuples(st.just("withdrawn"), sources, st.lists(st.sampled_from(["a", "b", "e1", "e4"]), unique=True)),
    st.tuples(st.just("time"), st.sampled_from([0.001, 30, 30, 1000, 4000, 90_000, -600])),
    st.tuples(st.just("tick")),
    st.tuples(st.just("decision"), st.booleans()),
)
stories = st.lists(steps, min_size=1, max_size=12)


@dataclass
class Teller:
    """Tells a story to a registry that begins empty."""

    engine: Engine
    clock: ManualClock
    registry: Registry

    @classmethod
    def begin(cls, engine: Engine) -> Teller:
        emptied(engine)
        clock = ManualClock()
        return cls(engine, clock, Registry(engine, clock, POLICIES))

    def restart(self) -> None:
        """A new process that knows only what is in the database."""
        self.registry = Registry(self.engine, self.clock, POLICIES)

    def tell(self, step: tuple[Any, ...]) -> Batch | None:
        """Returns the batch, where the step is one."""
        what, *rest = step
        if what == "time":
            self.clock.advance(seconds=rest[0])
        elif what == "tick":
            self.registry.tick()
        elif what == "decision":
            self._decide(release=rest[0])
        else:
            batch = self._batch(what, *rest)
            self.apply(batch)
            return batch
        return None

    def apply(self, batch: Batch) -> int:
        """Number of changes."""
        return self.registry.apply(batch).changes

    def _decide(self, *, release: bool) -> None:
        for held in self.registry.held()[:1]:
            (self.registry.release if release else self.registry.discard)(held.id)

    def _batch(self, what: str, source: str, *facts: Any) -> Batch:
        now = self.clock.now()
        if what == "locations":
            bodies = [site(id, **said) for id, said in facts[1].items()]
            return locations_batch(source, now, bodies, complete=facts[0])
        if what == "tariffs":
            return tariffs_batch(source, now, [price(id, **said) for id, said in facts[1].items()], complete=facts[0])
        if what == "statuses":
            return statuses_batch(source, now, [*facts[1].items()], complete=facts[0])
        if what == "withdrawn":
            keys = [f"de*abc/{id}" for id in facts[0]]
            return locations_batch(source, now, [], complete=False, deleted=keys)
        return events_batch(source, now, [event(now, *said) for said in facts[0]])


def event(now: int, uid: str, status: str, offset: int | None, queued: bool) -> StatusRecord:
    occurred_at = None if offset is None else now + offset
    return StatusRecord(uid, status, occurred_at, Origin.CHARGER, queued=queued)


def site(id: str, *, publish: bool, name: str, broken: bool, points: dict[str, dict[str, Any]]) -> Body:
    hidden = "" if publish else f" {CANARY}"
    evses = [point(uid, hidden, **said) for uid, said in points.items()]
    fields: dict[str, Any] = {"publish": publish, "name": name + hidden}
    return location(id, *evses, **fields, **({"country": "nowhere"} if broken else {}))


def point(uid: str, hidden: str, *, status: str | None, place: str, tariffs: list[str], **said: bool) -> Body:
    plug = connector(tariff_ids=tariffs, **({"standard": None} if said["broken"] else {}))
    period = {"period_begin": "2026-01-01T00:30:00Z", "period_end": "2026-01-02T00:00:00Z", "status": "INOPERATIVE"}
    schedule = [period] if said["scheduled"] else None
    return evse(uid, plug, status=status, physical_reference=place + hidden, status_schedule=schedule)


def price(id: str, *, type: str, currency: str, windows: bool, ends: bool, plan: str | None) -> Body:
    hidden = "" if type == "AD_HOC_PAYMENT" else f" {CANARY}"
    element: Body = {"price_components": [{"type": "ENERGY", "price": 0.4, "step_size": 1}]}
    if windows:
        element["restrictions"] = {"start_time": "02:00", "end_time": "20:00"}
    text = [{"language": "en", "text": f"A price{hidden}"}]
    end = "2026-01-01T12:00:00Z" if ends else None
    of = {"plan": {"plan": plan}} if plan else {}
    return tariff(id, type=type, currency=currency, elements=[element], tariff_alt_text=text, end_date_time=end, **of)
