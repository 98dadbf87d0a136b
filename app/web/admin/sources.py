"""`/admin/sources`: how each source is doing, with what it said and what to do about it, as a page or as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response
from sqlalchemy import Connection

from app.clock import Millis
from app.registry.database import reading
from app.registry.guards import Held, read_held
from app.registry.states import SourceState, count_problems, read_states, record_problems
from app.sources.base import SourceSettings
from app.web.admin.saying import said
from app.web.freshness import state_of
from app.web.site import site

SHOWN = 100
"""Problems of one source; how many there are is said."""
REMEDIES = {
    "silent": "Nothing ever came: start a worker, and try `chargefeed check --source {name}`.",
    "failing": "The last good data stands. `chargefeed check --source {name}` says what it connects to, and what it is answered.",
    "late": "Its statuses are UNKNOWN until it is heard: see whether a worker runs, then `chargefeed check --source {name}`.",
    "held": "A person must decide: `chargefeed held list`, then `release` or `discard`.",
}

area = Blueprint("sources", __name__, url_prefix="/sources")


@area.get("/")
def sources() -> Response:
    here = site()
    now = here.clock.now()
    with reading(here.engine) as connection:
        states, held = read_states(connection), read_held(connection)
        found = [_told(connection, each, states, held, now) for each in here.settings.sources]
    return said(found, "admin/sources.html", sources=found)


def _told(
    connection: Connection, settings: SourceSettings, states: Sequence[SourceState], held: Sequence[Held], now: Millis
) -> dict[str, Any]:
    name = settings.name
    kinds = [_kind(state, now, settings.ttl) for state in states if state.source == name]
    waiting = [
        {"id": one.id, "reason": one.reason, "evses": one.evses, "held_at": one.held_at}
        for one in held
        if one.source == name
    ]
    of_pulls = [problem for state in states if state.source == name for problem in state.problems]
    problems = [*of_pulls, *record_problems(connection, name, SHOWN)][:SHOWN]
    words = {kind["state"] for kind in kinds} or {"silent"}
    wrong = [*(word for word in ("silent", "late", "failing") if word in words), *(["held"] if waiting else ())]
    return {
        "name": name,
        "type": settings.type,
        "ttl_s": settings.ttl,
        "kinds": kinds,
        "held": waiting,
        "remedies": [REMEDIES[word].format(name=name) for word in wrong],
        "problems": problems,
        "all_problems": len(of_pulls) + count_problems(connection, name),
    }


def _kind(state: SourceState, now: Millis, ttl: float) -> dict[str, Any]:
    return {
        "kind": state.kind.value,
        "state": state_of(state, now, ttl),
        "attempted_at": state.attempted_at,
        "succeeded_at": state.succeeded_at,
        "failures": state.failures,
        "error": state.error,
        "records": state.records,
    }
