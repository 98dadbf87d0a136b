"""What was billed, from a file: Sessions and CDRs of any OCPI version, or receipts as CSV or XLSX.

Columns of receipts: `evse_id`, `start` and `end` (with their offset), `kwh`, `total` (after taxes); `minutes` of charging, where
it did not charge all the time; `connector`, `currency`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from app.clock import Millis, parse_time
from app.errors import ChargefeedError
from app.ledger.asking import Asked
from app.ledger.billing import Bill
from app.model.enums import TariffDimensionType
from app.session_file import amount_of, is_session, number_of, placed_documents, session_of
from app.spreadsheet import lines_of
from app.tariffs.cost import Amount
from app.tariffs.cost.reading import plain

Read = tuple[str, Bill | ChargefeedError]
"""Where a record stands, and what it says, or why that cannot be told."""

_NEEDED = ("evse_id", "start", "end", "kwh", "total")
_PARTS = {
    "total_energy_cost": TariffDimensionType.ENERGY,
    "total_time_cost": TariffDimensionType.TIME,
    "total_parking_cost": TariffDimensionType.PARKING_TIME,
    "total_fixed_cost": TariffDimensionType.FLAT,
}
_MINUTE = 60_000


def bills(path: Path) -> Iterator[Read]:
    """Each record. Raises ChargefeedError for a file that cannot be read at all."""
    if path.suffix.lower() in (".csv", ".xlsx"):
        yield from _receipts(path)
        return
    for place, body in placed_documents(path).items():
        where = ":".join([str(path), *(str(part) for part in place), str(body.get("id", ""))])
        try:
            yield where, _of_record(body, where)
        except ChargefeedError as error:
            yield where, error


def _of_record(body: dict[str, Any], where: str) -> Bill:
    if not (is_session(body) or "start_date_time" in body or "start_datetime" in body):
        raise ChargefeedError(
            "neither a Session nor a CDR", where=where, remedy="Give one as JSON, or a receipt as CSV"
        )
    read = session_of({name: value for name, value in body.items() if name != "tariffs"}, where)
    named = [phase.tariff_id for phase in read.facts.phases] + [
        _object(one).get("id") for one in body.get("tariffs") or ()
    ]
    parts = {dimension: amount_of(body.get(name)) for name, dimension in _PARTS.items()}
    currency = body.get("currency")
    return Bill(
        asked=_asked(body, where),
        facts=read.facts,
        total=read.stated,
        currency=currency.upper() if isinstance(currency, str) else None,
        parts={dimension: amount for dimension, amount in parts.items() if amount is not None},
        tariff_ids=frozenset(id_.lower() for id_ in named if isinstance(id_, str)),
        is_credit=body.get("credit") is True,
    )


def _asked(body: dict[str, Any], where: str) -> Asked:
    """2.1.1 nests the location as it is published, with the one EVSE and connector; later versions name them."""
    place = _object(body.get("cdr_location") or body.get("location"))
    evse = _first(place.get("evses"))
    connector = place.get("connector_id") or body.get("connector_id") or _first(evse.get("connectors")).get("id")
    evse_id = place.get("evse_id") or evse.get("evse_id")
    if isinstance(evse_id, str) and not evse_id.startswith("#"):  # `#NA`: it has none (OCPI CdrLocation)
        return Asked(evse_id, connector=connector)
    location, uid = (
        place.get("id") or body.get("location_id"),
        place.get("evse_uid") or evse.get("uid") or body.get("evse_uid"),
    )
    country, party = body.get("country_code"), body.get("party_id")
    if not (country and party and location and uid):
        remedy = "It needs an evse_id, or country_code, party_id, location and evse_uid"
        raise ChargefeedError("it does not say at which EVSE", where=where, remedy=remedy)
    return Asked.at(str(country), str(party), str(location), str(uid), connector)


def _receipts(path: Path) -> Iterator[Read]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ChargefeedError(f"cannot be read: {error.strerror}", where=str(path)) from None
    lines = lines_of(content, str(path), ChargefeedError)
    header = [cell.lower() for cell in next(lines, (0, ()))[1]]
    if missing := [name for name in _NEEDED if name not in header]:
        raise ChargefeedError(
            f"no column {', '.join(missing)}", where=str(path), remedy=f"It needs {', '.join(_NEEDED)}"
        )
    for line, cells in lines:
        where = f"{path}:{line}"
        try:
            if any(cells):
                yield where, _of_receipt(dict(zip(header, cells, strict=False)), where)
        except ChargefeedError as error:
            yield where, error


def _of_receipt(row: Mapping[str, str], where: str) -> Bill:
    start, end = _time(row["start"], where), _time(row["end"], where)
    connected = Decimal(end - start) / _MINUTE
    charging = number_of(row["minutes"], where) if row.get("minutes") else connected
    return Bill(
        asked=Asked(row["evse_id"], connector=row.get("connector") or None),
        facts=plain(
            start, number_of(row["kwh"], where), charging, parked_minutes=max(connected - charging, Decimal(0))
        ),
        total=Amount(None, number_of(row["total"], where)),
        currency=row.get("currency", "").upper() or None,
    )


def _time(text: str, where: str) -> Millis:
    try:
        if text[10:].upper().endswith("Z") or any(sign in text[10:] for sign in "+-"):
            return parse_time(text)
    except ValueError:
        pass
    remedy = "Write it as 2026-01-31T18:00:00+01:00: without an offset it could be any of 24 hours"
    raise ChargefeedError(f"{text!r} is no time with its offset", where=where, remedy=remedy)


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _first(value: Any) -> dict[str, Any]:
    return _object(value[0]) if isinstance(value, list) and value else {}
