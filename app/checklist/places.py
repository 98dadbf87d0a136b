"""Rows 61 to 90: locations, EVSEs and connectors."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any
from zoneinfo import available_timezones

from app.checklist.rows import row
from app.checklist.subject import Body, NotApplicable, Subject
from app.checklist.values import CLOCK, connectors, evses, named_tariffs, problems, refused
from app.formats.ocpi.versions import V211

_LATITUDE, _LONGITUDE = r"-?[0-9]{1,2}\.[0-9]{5,7}", r"-?[0-9]{1,3}\.[0-9]{5,7}"


@row(61)
def fields_are_as_the_version_has_them(subject: Subject) -> Iterator[str]:
    if subject.locations:
        yield from refused(subject, "locations")


@row(62, 63)
def stamps_do_not_exceed_those_above(subject: Subject) -> Iterator[str]:
    for location in subject.locations:
        for evse in location.get("evses") or ():
            if str(location.get("last_updated")) < str(evse.get("last_updated")):
                yield f"{location.get('id')}: older than EVSE {evse.get('uid')}"
            for connector in evse.get("connectors") or ():
                if str(evse.get("last_updated")) < str(connector.get("last_updated")):
                    yield f"{location.get('id')}/{evse.get('uid')}: older than connector {connector.get('id')}"


@row(65)
def found_by_date_it_is_whole(subject: Subject) -> Iterator[str]:
    newest = max(subject.locations, key=lambda location: str(location.get("last_updated")))
    found = subject.objects("locations", date_from=newest["last_updated"])
    same = next((item for item in found if item.get("id") == newest.get("id")), None)
    if same is None or len(same.get("evses") or ()) < len(newest.get("evses") or ()):
        yield f"{newest.get('id')} by date_from={newest['last_updated']}"


@row(66)
def each_path_gives_its_object(subject: Subject) -> Iterator[str]:
    name, evse = next(((name, evse) for name, evse in evses(subject.locations) if evse.get("connectors")), ("", None))
    if evse is None:
        raise NotApplicable("no location has an EVSE")
    location, base = name.partition("/")[0], subject.url("locations").rstrip("/")
    connector = evse["connectors"][0].get("id")
    for path, field, id in (
        (location, "id", location),
        (f"{location}/{evse['uid']}", "uid", evse["uid"]),
        (f"{location}/{evse['uid']}/{connector}", "id", connector),
    ):
        reply = subject.asker.get(f"{base}/{path}")
        if not isinstance(reply.data, dict) or reply.data.get(field) != id:
            yield str(reply)


@row(67)
def ids_are_not_shared(subject: Subject) -> Iterator[str]:
    owned = Counter(
        (str(i.get("country_code")), str(i.get("party_id")), str(i.get("id")).lower()) for i in subject.locations
    )
    yield from (f"location {key[-1]}" for key, times in owned.items() if times > 1)
    for location in subject.locations:
        uids = Counter(str(evse.get("uid")).lower() for evse in location.get("evses") or ())
        yield from (f"{location.get('id')}/{uid}" for uid, times in uids.items() if times > 1)


@row(69)
def connectors_are_there_and_unique(subject: Subject) -> Iterator[str]:
    for name, evse in evses(subject.locations):
        ids = [connector.get("id") for connector in evse.get("connectors") or ()]
        if not ids or len(ids) > len(set(ids)):
            yield f"{name}: connectors {ids}"


@row(71)
def every_evse_has_its_id(subject: Subject) -> Iterator[str]:
    for name, evse in evses(subject.locations):
        if not evse.get("evse_id") and evse.get("status") != "REMOVED":
            yield name


@row(72, 73)
def publish_allowed_to_is_complete(subject: Subject) -> Iterator[str]:
    for location in subject.locations:
        for entry in location.get("publish_allowed_to") or ():
            alone = not {"uid", "visual_number", "group_id"} & entry.keys()
            halved = ("uid" in entry and "type" not in entry) or ("visual_number" in entry and "issuer" not in entry)
            if location.get("publish") is not False or alone or halved:
                yield f"{location.get('id')}: publish {location.get('publish')}, {', '.join(entry)}"


@row(77)
def what_is_not_published_is_withheld(subject: Subject) -> Iterator[str]:
    yield from (str(location.get("id")) for location in subject.locations if location.get("publish") is False)


@row(78)
def coordinates_have_their_form(subject: Subject) -> Iterator[str]:
    for location in subject.locations:
        at = location.get("coordinates") or {}
        fits = re.fullmatch(_LATITUDE, str(at.get("latitude"))) and re.fullmatch(_LONGITUDE, str(at.get("longitude")))
        if not fits or not all(isinstance(value, str) for value in at.values()):
            yield f"{location.get('id')}: {at}"


@row(79)
def countries_have_their_letters(subject: Subject) -> Iterator[str]:
    for location in subject.locations:
        code = location.get("country_code", "XX") if subject.version == V211 else location.get("country_code")
        if not re.fullmatch("[A-Z]{3}", str(location.get("country"))) or not re.fullmatch("[A-Za-z]{2}", str(code)):
            yield f"{location.get('id')}: {location.get('country')}, {code}"


@row(80)
def time_zones_exist(subject: Subject) -> Iterator[str]:
    known = available_timezones()
    yield from (
        f"{each.get('id')}: {each.get('time_zone')}" for each in subject.locations if each.get("time_zone") not in known
    )


def _hours(subject: Subject) -> list[tuple[str, Body]]:
    found = [(str(each.get("id")), each["opening_times"]) for each in subject.locations if each.get("opening_times")]
    if not found:
        raise NotApplicable("no location has opening times")
    return found


@row(81)
def hours_are_regular_or_around_the_clock(subject: Subject) -> Iterator[str]:
    for id, hours in _hours(subject):
        if hours.get("twentyfourseven") is bool(hours.get("regular_hours")) or "twentyfourseven" not in hours:
            yield id


@row(82)
def regular_hours_have_their_form(subject: Subject) -> Iterator[str]:
    for id, hours in _hours(subject):
        for period in hours.get("regular_hours") or ():
            begin, end = str(period.get("period_begin")), str(period.get("period_end"))
            formed = CLOCK.fullmatch(begin) and CLOCK.fullmatch(end) and begin < end
            if not formed or period.get("weekday") not in range(1, 8):
                yield f"{id}: {period}"


@row(83)
def exceptional_closings_do_not_overlap_openings(subject: Subject) -> Iterator[str]:
    for id, hours in _hours(subject):
        for opening in hours.get("exceptional_openings") or ():
            for closing in hours.get("exceptional_closings") or ():
                if opening["period_begin"] < closing["period_end"] and closing["period_begin"] < opening["period_end"]:
                    yield f"{id}: {closing} in {opening}"


@row(84)
def energy_adds_up(subject: Subject) -> Iterator[str]:
    yield from (str(found) for found in problems(subject, "locations") if "energy_mix" in found.path)


@row(85)
def power_is_in_watts(subject: Subject) -> Iterator[str]:
    yield from (str(found) for found in problems(subject, "locations") if "max_electric_power" in found.path)


@row(88)
def tariffs_named_are_in_the_feed(subject: Subject) -> Iterator[str]:
    known = {str(tariff.get("id")).lower() for tariff in subject.objects("tariffs")}
    for name, connector in connectors(subject.locations):
        yield from (f"{name}: {id}" for id in named_tariffs(connector) if str(id).lower() not in known)


@row(89, 90)
def parking_places_resolve(subject: Subject) -> Iterator[str]:
    required = {"id", "vehicle_types", "restricted_to_type", "reservation_required"}
    for location in subject.locations:
        places: list[Any] = location.get("parking_places") or []
        ids = [place.get("id") for place in places]
        yield from (f"{location.get('id')}: {required - place.keys()}" for place in places if required - place.keys())
        if len(ids) > len(set(ids)):
            yield f"{location.get('id')}: parking {ids}"
        for name, evse in evses([location]):
            links = [link["parking_id"] for link in evse.get("parking") or () if isinstance(link, dict)]
            yield from (f"{name}: {id}" for id in links if id not in ids)
