"""`/admin/deliveries`: how each push is going, as a page or as JSON, and what a person may do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, redirect, request
from sqlalchemy import Connection
from werkzeug.wrappers import Response as AnyResponse

from app.clock import Millis
from app.delivery.lookup import find_objects, last_attempts
from app.delivery.settings import DestinationSettings
from app.delivery.states import Standing, read_problems, read_standings, retry_now, set_paused
from app.errors import ConfigError, JournalPruned
from app.registry.database import reading, writing
from app.registry.views import read_head
from app.settings import config_file, load
from app.web.admin.access import access
from app.web.admin.saying import as_json, said
from app.web.failure import GENERIC_CLIENT, GENERIC_SERVER, Failure, bad_parameter, wants_page
from app.web.listing import read_count
from app.web.site import site

PROBLEMS_SHOWN = 200
DONE = {
    "pause": "Nothing is sent there until it is resumed; what changes meanwhile is noted.",
    "resume": "It goes on, at once also where it was waiting after a failure.",
    "retry": "Whatever waits after a failure is tried now.",
    "replay": "What was asked for is sent again as soon as the worker looks, within seconds.",
}
"""What a person may ask for → what becomes of it."""

area = Blueprint("deliveries", __name__, url_prefix="/deliveries")


@area.get("/")
def deliveries() -> Response:
    here = site()
    with reading(here.engine) as connection:
        known = {standing.state.destination: standing for standing in read_standings(connection)}
        head = read_head(connection).seq
    now = here.clock.now()
    found = [_summary(each, known.get(each.name), now) for each in here.settings.destinations]
    return said(found, "admin/deliveries.html", destinations=found, head=head)


@area.get("/<name>")
def delivery(name: str) -> Response:
    """One destination, with what is refused and why, the last attempts, and the objects that `q` finds."""
    here = site()
    settings = _named(name, here.settings.destinations)
    wanted = request.args.get("q", "").strip()[:100]
    with reading(here.engine) as connection:
        standing = next((one for one in read_standings(connection) if one.state.destination == name), None)
        problems = read_problems(connection, name)
        objects = find_objects(connection, name, wanted) if wanted else []
        attempts = last_attempts(connection, name)
    found = _summary(settings, standing, here.clock.now())
    more = {"problems": problems[:PROBLEMS_SHOWN], "attempts": _plain(attempts), "objects": _plain(objects)}
    done = DONE.get(request.args.get("done", ""), "")
    shown = {"destination": found, "wanted": wanted, "done": done, "all_problems": len(problems)}
    return said({**found, **more}, "admin/delivery.html", **shown, **more)


@area.post("/<name>/<any(pause, resume, retry, replay):what>")
def act(name: str, what: str) -> AnyResponse:
    _named(name, site().settings.destinations)
    if what == "replay":
        _replay(name)
    else:
        _write(name, _CHANGES[what])
    if wants_page():
        return redirect(f"{access().home}/deliveries/{name}?done={what}", 303)
    return as_json(None, DONE[what])


def _pause(connection: Connection, name: str) -> bool:
    return set_paused(connection, name, paused=True)


def _resume(connection: Connection, name: str) -> bool:
    return set_paused(connection, name, paused=False)


_CHANGES: dict[str, Callable[[Connection, str], bool]] = {"pause": _pause, "resume": _resume, "retry": retry_now}


def _write(name: str, change: Callable[[Connection, str], bool]) -> None:
    with writing(site().engine) as connection:
        if not change(connection, name):
            raise Failure(404, GENERIC_CLIENT, f"nothing was ever sent to {name}: start a worker first")


def _replay(name: str) -> None:
    """By the settings as a worker reads them: this process knows little of each destination."""
    from app.clock import SystemClock
    from app.delivery.base import make_destination
    from app.delivery.replay import replay

    if "since" not in request.form:
        raise bad_parameter("since", "", "write the sequence after which all is sent again; 0: everything")
    since = read_count(request.form, "since", 0)
    try:
        settings = _named(name, load(config_file(None)).destinations)
        replay(site().engine, make_destination(settings, SystemClock()), since)
    except ConfigError as error:
        raise Failure(503, GENERIC_SERVER, f"the settings cannot be read: {error}") from None
    except JournalPruned as error:
        raise Failure(410, GENERIC_CLIENT, f"{error}; or send everything again, from 0") from None


def _named(name: str, destinations: Iterable[DestinationSettings]) -> DestinationSettings:
    for each in destinations:
        if each.name == name:
            return each
    raise Failure(404, GENERIC_CLIENT, f"no destination is called {name[:64]!r}: /admin/deliveries lists them")


def _summary(settings: DestinationSettings, standing: Standing | None, now: Millis) -> dict[str, Any]:
    """How a destination is doing; times in milliseconds since 1970, `lag_s`: age of the oldest change that is not there."""
    told: dict[str, Any] = {"name": settings.name, "type": settings.type, "state": "new"}
    if standing is None:
        return told
    state, since = standing.state, standing.waiting_since
    return told | {
        "state": state.word,
        "delivered": standing.delivered,
        "due": standing.due,
        "lag_s": max(0, now - since) / 1000 if since is not None else 0.0,
        "succeeded_at": state.succeeded_at,
        "failures": state.failures,
        "failing_since": state.failing_since,
        "next_attempt": state.next_attempt or None,
        "error": state.error,
        "refused": standing.refused,
        "noted": standing.noted,
    }


def _plain(found: Any) -> list[dict[str, Any]]:
    return [asdict(each) for each in found]
