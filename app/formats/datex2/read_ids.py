"""Ids of sites, stations and points as ids of OCPI, the same in the table and in the statuses."""

from __future__ import annotations

from collections.abc import Iterator

from app.formats.datex2.facts import Facts
from app.formats.datex2.rate_ids import suffixed
from app.model.identifiers import IdentifierError, OperatorId, parse_evse_id, parse_operator_id

_SHORTEST = 4
"""Ids are unique in space and time (German profile); those of fewer characters (`1`, `P2`) cannot be: the station's goes
before."""


def location_id(site: str, owner: str) -> str:
    """`owner`: `DE*ABC`, which goes without saying."""
    return _short(site.removeprefix(f"{owner}*"))


def station_id(station: str, site: str) -> str:
    return _short(station.removeprefix(f"{site}*S*"))


def evse_uid(point: str, station: str, site: str) -> str:
    within = f"{site}*E*"
    if point.startswith(within):
        return _short(point.removeprefix(within))
    return _short(point if len(point) >= _SHORTEST else f"{station}*{point}")


def evse_id(point: Facts) -> str | None:
    """Of the point, else of its first plug that has one, else its own id where that is one."""
    for facts in (point, *point.many("connector")):
        for text in _identifiers(facts):
            if is_evse_id(text):
                return text
    own = point.name()
    return own if is_evse_id(own) else None


def is_evse_id(text: str) -> bool:
    try:
        parse_evse_id(text)
    except IdentifierError:
        return False
    return True


def operator_id(text: str) -> OperatorId | None:
    try:
        return parse_operator_id(text)
    except IdentifierError:
        return None


def _identifiers(facts: Facts) -> Iterator[str]:
    """Objects with a type, bare texts (base model), or `evseId` (German draft 00-02-00); what is no EVSE id is told."""
    if draft := facts.said("evseId"):
        yield draft
    for one in facts.many("externalIdentifier"):
        kind = one.said("typeOfIdentifier") or one.said("otherTypeOfIdentifier")
        text = one.said("identifier") if isinstance(one.value, dict) else one.text()
        if text and not is_evse_id(text):
            one.note(f"no EVSE id{f' but a {kind}' if kind else ''}: left out")
        if text:
            yield text


def _short(id: str) -> str:
    """CiString(36)."""
    ascii_only = "".join(sign if " " <= sign <= "~" else "-" for sign in id)
    return suffixed(ascii_only, "")
