"""What single access points ask for and no field alone answers."""

from __future__ import annotations

import re

from app.compliance.looking import judged
from app.compliance.rule import NOT_SAID, Seen, State
from app.compliance.site import Subject
from app.model.identifiers import IdentifierError, parse_evse_id
from app.model.location import GridConnectionKind
from app.tariffs.adhoc import AdhocPrice, Component
from app.wording import worded

_PDL = re.compile(r"\d{14}")


def own_party(value: str, subject: Subject) -> str:
    """The operator in an EVSE id is the party that gives the data, not an aggregator (NDW)."""
    try:
        owner = parse_evse_id(value).operator_id.with_separators
    except IdentifierError:
        return ""
    giver = subject.site.party
    if owner == giver:
        return ""
    return worded("%(value)s is of %(owner)s, and given by %(giver)s", value=value, owner=owner, giver=giver)


def delivery_point(subject: Subject) -> Seen | None:
    """Of stations that the grid operator serves directly, or of which nobody says how (QualiCharge, rules 20 and 34)."""
    grid = subject.site.body.get("grid_connection", {})
    if grid.get("kind") == GridConnectionKind.INDIRECT:
        return None
    if "pdl" not in grid:
        return NOT_SAID
    number = grid["pdl"]
    why = "" if _PDL.fullmatch(number) else worded("%(value)s has not the 14 digits of Enedis", value=repr(number))
    return judged("grid_connection.pdl", why)


def pence(subject: Subject) -> Seen | None:
    """Whether the price of a kWh with VAT can be said in pence (SI 2023/1168, reg 11); of points that have a price."""
    prices = [found[0] for connector in subject.connectors() if (found := subject.site.prices(connector))]
    if not prices:
        return None
    why = next(filter(None, map(_unsayable, prices)), "")
    return Seen(State.MISSING, what=why) if why else judged("tariffs", "")


def _unsayable(price: AdhocPrice) -> str:
    if price.tariff.currency != "GBP":
        return worded("a price in %(currency)s", currency=price.tariff.currency)
    energy = price.first(Component.ENERGY)
    if energy is None:
        return worded("no price per kWh") if any(part.price.amount for part in price.parts) else ""
    return worded("whether VAT is in it is not known") if energy.gross() is None else ""
