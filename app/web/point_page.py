"""The page of one EVSE or connector: its price of now or of a time, and how it came to be so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from flask import render_template, request

from app.clock import Millis, format_time, parse_time
from app.errors import LedgerError, NotInLedger
from app.ledger.asking import Asked, Auditor
from app.registry.projection import PublicObject
from app.tariffs.explain import bare_now
from app.web.failure import bad_parameter, unknown
from app.web.finding import place_path
from app.web.languages import language
from app.web.moments import form_time, read_moment
from app.web.price_chart import Chart, Moment, charted, is_published_change
from app.web.site import site
from app.wording import worded

MOST = 150
"""Moments of all connectors in one chart; where it goes on is said."""
SPAN = 30 * 86_400_000
_LONGEST = 120
"""Characters of what is asked for that are said again."""
MEANS = {
    "TERMINAL": worded("card terminal"),
    "CONTACTLESS": worded("contactless card"),
    "QR_CODE": worded("QR code"),
    "WEBSITE": worded("website"),
    "APP": worded("app"),
    "CASH": worded("cash"),
    "OTHER": worded("other means"),
}


@dataclass(frozen=True, slots=True)
class Point:
    """What the path names."""

    location: PublicObject | None
    """As the public feed has it now; None: it has it no more, or never had."""
    country_code: str
    party_id: str
    location_id: str
    evse_uid: str
    connector_id: str | None

    @property
    def asked(self) -> Asked:
        return Asked.at(self.country_code, self.party_id, self.location_id, self.evse_uid, self.connector_id)

    @property
    def place_path(self) -> str:
        return place_path(self.country_code, self.party_id, self.location_id)

    @property
    def path(self) -> str:
        connector = () if self.connector_id is None else (self.connector_id,)
        return place_path(self.country_code, self.party_id, self.location_id, self.evse_uid, *connector)

    @property
    def names(self) -> dict[str, str]:
        """As the path has them."""
        party = f"{self.country_code}*{self.party_id}".upper()
        return {"party": party, "location_id": self.location_id, "evse_uid": self.evse_uid}

    @property
    def evse(self) -> Mapping[str, Any]:
        """Empty where the feed does not have it, or not such a connector."""
        evses = self.location.body.get("evses", ()) if self.location else ()
        found: Mapping[str, Any] = next((one for one in evses if one["uid"].lower() == self.evse_uid.lower()), {})
        if self.connector_id is None:
            return found
        ids = {one["id"].lower() for one in found.get("connectors", ())}
        return found if self.connector_id.lower() in ids else {}

    @property
    def zone(self) -> str:
        return self.location.body.get("time_zone", "") if self.location else ""


@dataclass(slots=True)
class Course:
    """Of connectors that cost the same all the time."""

    connectors: list[str]
    moments: list[Moment]
    chart: Chart

    @property
    def late(self) -> int:
        """Changes that were public too late."""
        return sum(mark.late for mark in self.chart.marks)


@dataclass(slots=True)
class Times:
    """What is asked for."""

    at: Millis | None
    since: Millis
    until: Millis
    notices: list[tuple[str, ...]] = field(default_factory=list)
    """Sentences, without a capital letter and a full stop."""


def shown(point: Point) -> str:
    """Raises Failure: 400 for a parameter that cannot be read, 404 for a point that was never public."""
    here = site()
    now, auditor = here.clock.now(), Auditor(here.engine, here.store, language(), bare_now)
    times = _times(point.zone, now)
    answer = _priced(auditor, point, times, now)
    courses, goes_on_at = courses_of(auditor, point.asked, times.since, times.until)
    evse = {**point.names, **point.evse, **answer.get("evse", {})}
    return render_template(
        "point.html",
        point=point,
        evse=evse,
        name=evse.get("evse_id") or evse["evse_uid"],
        zone=point.zone or "UTC",
        now=now,
        times=times,
        answer=answer,
        offers=_offers(answer.get("moments", ())),
        courses=courses,
        goes_on_at=goes_on_at and parse_time(goes_on_at),
        proof=_proof(point, at=times.at),
        history_proof=_proof(point, **{"from": times.since, "to": times.until}),
        form={"at": form_time(times.at or now, point.zone), "from": form_time(times.since, point.zone)}
        | {"to": form_time(times.until, point.zone)},
        means=MEANS,
        is_published_change=is_published_change,
    )


def _times(zone: str, now: Millis) -> Times:
    at, since, until = (read_moment(request.args, name, zone) for name in ("at", "from", "to"))
    if since is not None and until is not None and since >= until:
        raise bad_parameter("to", request.args["to"], worded("give a time after `from`"))
    end = min(now, now if until is None else until)
    times = Times(at, end - SPAN if since is None else min(since, end - 1), end)
    if at is not None and at > now:
        times.notices.append(
            (worded("That time is still to come: this is the price of now, with what is known ahead"),)
        )
        times.at = None
    return times


def _priced(auditor: Auditor, point: Point, times: Times, now: Millis) -> dict[str, Any]:
    """The answer of now or then; empty where there is none, and the notices say why."""
    try:
        return auditor.price(point.asked, now if times.at is None else times.at)
    except NotInLedger as error:
        if not point.evse and not _ever(auditor, point, now):
            raise unknown(
                worded(
                    "%(what)s: %(point)s. Compare the id with the charger, or search at /prices",
                    what=error.what,
                    point=str(point.asked)[:_LONGEST],
                )
            ) from None
        times.notices.append((error.what, error.remedy))
    except LedgerError as error:
        if not point.evse:
            raise unknown(
                worded("no point %(id)s is public here: search at /prices", id=repr(point.evse_uid[:48]))
            ) from None
        times.notices.append((error.what, error.remedy))
    return {}


def _ever(auditor: Auditor, point: Point, now: Millis) -> bool:
    try:
        return bool(auditor.named(point.asked, now))
    except NotInLedger:
        return False


def courses_of(auditor: Auditor, asked: Asked, since: Millis, until: Millis) -> tuple[list[Course], str | None]:
    """By connector, the same ones together; and from when on there are more moments than are shown."""
    try:
        said = auditor.course(asked, since, until, MOST)
    except NotInLedger:
        return [], None
    end = parse_time(said["goes_on_at"]) if "goes_on_at" in said else until
    by_connector: dict[str, list[Moment]] = {}
    for moment in said["moments"]:
        by_connector.setdefault(moment.get("connector_id", ""), []).append(moment)
    found: dict[str, Course] = {}
    for connector, moments in by_connector.items():
        same = repr([(one["at"], one["words"]) for one in moments])
        if same in found:
            found[same].connectors.append(connector)
        else:
            found[same] = Course([connector], moments, charted(moments, since, end))
    return list(found.values()), said.get("goes_on_at")


def _offers(moments: Iterable[Moment]) -> list[tuple[Moment, Sequence[str]]]:
    """Moments of connectors, with those whose connectors are offered the same."""
    found: dict[str, tuple[Moment, list[str]]] = {}
    for moment in moments:
        same = repr((moment["prices"], moment["words"]))
        found.setdefault(same, (moment, []))[1].append(moment.get("connector_id", ""))
    return list(found.values())


def _proof(point: Point, **times: Millis | None) -> str:
    """The same as JSON with its evidence."""
    query = urlencode({name: format_time(at) for name, at in times.items() if at is not None}, safe=":")
    return f"/open{point.path}?{query}" if query else f"/open{point.path}"
