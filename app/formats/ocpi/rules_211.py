"""2.2.1 → 2.1.1, what the tables cannot say: one tariff per connector, public locations only, simpler prices."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from app.clock import format_time
from app.formats.ocpi.scope import Scope, with_sentence
from app.formats.ocpi.upgrade import NOT_AVAILABLE
from app.model.canonical import number_text
from app.model.enums import ParkingType, PowerType, TariffType
from app.model.loss import Loss

Object = dict[str, Any]

_ADDRESS = 45
_SPLIT_PHASE_VOLTS = 240
_PREFERRED = (TariffType.AD_HOC_PAYMENT.value, None, TariffType.REGULAR.value)
"""Types of tariff by how well they fit an open feed; None: untyped, for every session."""
_CURRENT = ("min_current", "max_current")


def _location(out: Object, body: Object, scope: Scope) -> Object | None:
    if not body["publish"] or "publish_allowed_to" in body:
        scope.lose(Loss("publish", "2.1.1 knows public locations only: location left out", "false"))
        return None
    out.setdefault("type", _location_type(scope.canonical))
    if "postal_code" not in out:
        scope.lose(Loss("postal_code", f"2.1.1 requires it: said as {NOT_AVAILABLE}"))
        out["postal_code"] = NOT_AVAILABLE
    if len(out["address"]) > _ADDRESS:
        scope.lose(Loss("address", f"2.1.1 has {_ADDRESS} characters: cut", out["address"]))
        out["address"] = _cut_at_a_word(out["address"], _ADDRESS)
    boundary = f"{format_time(scope.context.boundary_at)[:19]}Z"
    if "last_updated" in out:
        out["last_updated"] = max(out["last_updated"], boundary)
    return out


def _location_type(canonical: Object) -> str:
    """UNKNOWN where nothing is said, OTHER where 2.2.1 could not say what it is."""
    given = canonical.get("parking_type")
    return "UNKNOWN" if given is None or given in set(ParkingType) else "OTHER"


def _cut_at_a_word(text: str, limit: int) -> str:
    cut = text[: limit + 1].rpartition(" ")[0].rstrip(" ,;")
    return cut or text[:limit]


def _evse(out: Object, body: Object, scope: Scope) -> Object | None:
    if "connectors" in body and "connectors" not in out:
        scope.lose(Loss("evses[]", "no connector that 2.1.1 can say: left out", body["uid"]))
        return None
    return out


def _connector(out: Object, body: Object, scope: Scope) -> Object:
    if body["power_type"] == PowerType.AC_2_PHASE_SPLIT:
        out["voltage"] = _SPLIT_PHASE_VOLTS
    power, volts = body.get("max_electric_power"), body["max_voltage"]
    if power and volts and body["power_type"] == PowerType.DC and power // volts < body["max_amperage"]:
        # Receivers of 2.1.1 take voltage times amperage for the power.
        out["amperage"] = power // volts
        scope.lose(
            Loss(
                "evses[].connectors[].max_amperage", "lowered so that V x A gives the power", str(body["max_amperage"])
            )
        )
    if "tariff_ids" in body:
        _one_tariff(out, body["tariff_ids"], scope)
    return out


def _one_tariff(out: Object, ids: list[str], scope: Scope) -> None:
    chosen = tariff_of(ids, scope)
    if chosen is None:
        del out["tariff_id"]
    else:
        out["tariff_id"] = chosen
    for id in ids:
        if id != chosen:
            scope.lose(Loss("evses[].connectors[].tariff_ids", "one tariff per connector before 2.2: left out", id))


def tariff_of(ids: list[str], scope: Scope) -> str | None:
    """The one of a connector's tariffs that holds now and fits an open feed best; None where none holds.

    A tariff that is not known counts as one that always holds, after all known ones.
    """
    now = format_time(scope.context.at)
    known = scope.context.tariffs
    ranked = [
        (_rank(known[id]) if id in known else len(_PREFERRED) + 1, id) for id in ids if _holds(known.get(id), now)
    ]
    return min(ranked, key=lambda pair: pair[0])[1] if ranked else None


def _holds(tariff: Object | None, now: str) -> bool:
    if tariff is None:
        return True
    end = tariff.get("end_date_time")
    return bool(tariff.get("start_date_time", "") <= now and (end is None or now < end))


def _rank(tariff: Object) -> int:
    kind = tariff.get("type")
    return _PREFERRED.index(kind) if kind in _PREFERRED else len(_PREFERRED)


def _simpler_elements(body: Object, scope: Scope) -> Object:
    elements = [part for element in body["elements"] for part in _within_days(element)]
    if any(_by_current(element) for element in elements):
        elements = _dearest_first(elements)
    return {**body, "elements": elements}


def _by_current(element: Object) -> bool:
    return any(name in element.get("restrictions", ()) for name in _CURRENT)


def _dearest_first(elements: list[Object]) -> list[Object]:
    """Elements that hold for some current only, dearest first and in the place of the first of them.

    2.1.1 has no such restriction: once it is gone, the dearest price that may hold is the one that does.
    """
    first = next(index for index, element in enumerate(elements) if _by_current(element))
    by_current = [
        {**element, "price_components": [component]}
        for element in elements
        if _by_current(element)
        for component in element["price_components"]
    ]
    by_current.sort(key=lambda element: -Decimal(str(element["price_components"][0]["price"])))
    others = [element for element in elements[first:] if not _by_current(element)]
    return [*elements[:first], *by_current, *others]


def _within_days(element: Object) -> list[Object]:
    """2.1.1 does not say what a time window across midnight means: two windows, open towards midnight."""
    restrictions = element.get("restrictions", {})
    start, end = restrictions.get("start_time"), restrictions.get("end_time")
    if end is None or (start or "00:00") < end:
        return [element]
    until_midnight = {name: value for name, value in restrictions.items() if name != "end_time"}
    if start == end:
        del until_midnight["start_time"]
        return [_restricted(element, until_midnight)]
    if end == "00:00":
        return [_restricted(element, until_midnight)]
    return [_restricted(element, until_midnight), _restricted(element, {**restrictions, "start_time": "00:00"})]


def _restricted(element: Object, restrictions: Object) -> Object:
    others = {name: value for name, value in element.items() if name != "restrictions"}
    return {**others, "restrictions": restrictions} if restrictions else others


def _tariff_element(out: Object, body: Object, scope: Scope) -> Object | None:
    if "reservation" in body.get("restrictions", ()):
        scope.lose(
            Loss("elements[]", "no prices of reservations before 2.2: left out", body["restrictions"]["reservation"])
        )
        return None
    if not out.get("restrictions"):
        out.pop("restrictions", None)
    return out


def _tariff(out: Object, body: Object, scope: Scope) -> Object | None:
    if "elements" not in out:
        scope.lose(Loss("elements", "nothing of the price can be said in 2.1.1: tariff left out"))
        return None
    for sentence in (*_vat(body), *_limits(body), *_currents(body)):
        out["tariff_alt_text"] = with_sentence(out.get("tariff_alt_text", []), sentence)
    return out


def _vat(body: Object) -> list[str]:
    rates = {
        component["type"]: _text(component["vat"])
        for element in body["elements"]
        if "reservation" not in element.get("restrictions", ())
        for component in element["price_components"]
        if component.get("vat")
    }
    if not rates:
        return []
    if len(set(rates.values())) == 1:
        return [f"Plus {next(iter(rates.values()))} % VAT."]
    return [f"Plus VAT: {', '.join(f'{kind} {rate} %' for kind, rate in rates.items())}."]


def _limits(body: Object) -> list[str]:
    sentences = []
    for name, word in (("min_price", "Minimum"), ("max_price", "Maximum")):
        if limit := body.get(name):
            gross = "incl_vat" in limit
            amount, basis = (limit["incl_vat"], "with") if gross else (limit["excl_vat"], "without")
            sentences.append(f"{word} price {_text(amount)} {body['currency']} {basis} VAT.")
    return sentences


def _currents(body: Object) -> list[str]:
    return (
        ["The price depends on the charging current; the highest is shown."]
        if any(_by_current(element) for element in body["elements"])
        else []
    )


def _text(number: float) -> str:
    return number_text(Decimal(str(number)))


BEFORE: dict[str, Callable[[Object, Scope], Object]] = {"Tariff": _simpler_elements}
AFTER: dict[str, Callable[[Object, Object, Scope], Object | None]] = {
    "Location": _location,
    "EVSE": _evse,
    "Connector": _connector,
    "TariffElement": _tariff_element,
    "Tariff": _tariff,
}
