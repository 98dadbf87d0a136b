"""What entries of the ledger say of a price: a function of entries and time, so that whoever has the entries can repeat it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from app.clock import Millis, format_time, parse_time
from app.ledger.entries import Body, Entry, EntryKind
from app.tariffs.adhoc import AdhocPrice, PriceBook
from app.tariffs.adhoc.told import told_part
from app.tariffs.explain import explain_now
from app.wording import worded

LIMIT_S = 60
"""(EU) 2025/655, Art. 2(b): public at the latest one minute after the change."""
LANGUAGE = "en"
Tell = Callable[[AdhocPrice, str, str, AdhocPrice | None], Sequence[str]]
"""The words of a price: of it, in a language, in a time zone, and of the price at its next change."""


def named_tariffs(connector: Body) -> list[str]:
    """Ids, as written."""
    offered = (offer["tariff_id"] for offer in connector.get("adhoc_offers", ()))
    return list(dict.fromkeys([*offered, *connector.get("tariff_ids", ())]))


def moment_of(
    point: Entry,
    connector_id: str,
    tariffs: Iterable[Entry],
    manifest: Entry | None,
    at: Millis,
    book: PriceBook | None = None,
    language: str = LANGUAGE,
    tell: Tell = explain_now,
) -> dict[str, Any]:
    """What a driver without a contract paid at a connector by these entries, and how it was published.

    `tariffs` are the last entries by then of those that the connector names; `manifest` that of the snapshots in force. `book`:
    one that several share. `language`, `tell`: of the prices in words.
    """
    tariffs = list(tariffs)
    used = [point, *tariffs]
    zone = point.content.get("time_zone")
    (connector,) = connectors_of(point.content, connector_id)
    prices_at = partial(prices_of, connector, tariffs, zone, book or PriceBook())
    prices = prices_at(at)
    told = [_price(price, prices_at, partial(tell, price, language, zone)) for price in prices] if zone else []
    return {
        "at": format_time(at),
        "connector_id": connector["id"],
        "prices": told,
        "words": " ".join(told[0]["words"]) if told else _why_none(zone, [entry.content for entry in tariffs]),
        "published": _published(used, prices),
        "feed": _feed(point.content, connector, manifest),
        "rests_on": sorted(entry.index for entry in (*used, *([manifest] if manifest else []))),
    }


def ended_moment(point: Entry, at: Millis) -> dict[str, Any]:
    """The same where the EVSE's tariffs have ended."""
    words = worded("No price is published for this EVSE any more.")
    return {
        "at": format_time(at),
        "prices": [],
        "words": words,
        "published": _published([point], ()),
        "rests_on": [point.index],
    }


def connectors_of(point: Body, connector_id: str | None) -> list[Body]:
    """Those of an EVSE's entry, or the one with this id; none where its tariffs have ended."""
    wanted = None if connector_id is None else connector_id.lower()
    return [one for one in point.get("connectors", ()) if wanted is None or one["id"].lower() == wanted]


def next_change(
    connector: Body, tariffs: Sequence[Entry], zone: str | None, at: Millis, book: PriceBook | None = None
) -> Millis | None:
    """When the price becomes another by time alone, or there is one; None: it does not, as far as is known."""
    return (book or PriceBook()).next_change(connector, _written(connector, tariffs), zone, at) if zone else None


def prices_of(
    connector: Body, tariffs: Sequence[Entry], zone: str | None, book: PriceBook, at: Millis
) -> tuple[AdhocPrice, ...]:
    """What the tariffs' entries say of a connector of an EVSE's entry, the default first; none where the zone is not known."""
    return book.adhoc(connector, _written(connector, tariffs), zone, at) if zone else ()


def _written(connector: Body, tariffs: Sequence[Entry]) -> dict[str, Body]:
    """Bodies of the tariffs, by the ids that the connector uses."""
    bodies = {one["id"].lower(): one["tariff"] for one in (entry.content for entry in tariffs) if "tariff" in one}
    return {id_: bodies[id_.lower()] for id_ in named_tariffs(connector) if id_.lower() in bodies}


def _price(
    price: AdhocPrice,
    prices_at: Callable[[Millis], Sequence[AdhocPrice]],
    words: Callable[[AdhocPrice | None], Sequence[str]],
) -> dict[str, Any]:
    later = () if price.next_change is None else prices_at(price.next_change)
    then = next((one for one in later if one.offer == price.offer), None)
    said = {
        "tariff_id": price.tariff.id,
        "default": price.default,
        "currency": price.tariff.currency,
        "components": [told_part(part) for part in price.parts],
        "words": list(words(then)),
        "valid_from": _time(price.valid_from),
        "next_change": _time(price.next_change),
    }
    if price.offer is not None:
        said["payment_means"] = list(price.offer.payment_means)
    return {name: value for name, value in said.items() if value is not None}


def _why_none(zone: str | None, tariffs: Sequence[Body]) -> str:
    if any("tariff_sha256" in one for one in tariffs):
        return worded("The tariff is too long for an entry, which holds its hash: the snapshots have the tariff.")
    if zone is None:
        return worded("The time zone is not known, so the price at a time cannot be told.")
    return worded("No price without a contract was published for this connector.")


def _published(used: Sequence[Entry], prices: Sequence[AdhocPrice]) -> dict[str, Any]:
    """When what it rests on was public, against when it was known here and valid."""
    last = max((entry.content for entry in used), key=lambda content: str(content["published_at"]))
    published, logged = parse_time(last["published_at"]), parse_time(last["logged_at"])
    known = last.get("occurred_at") or last.get("received_at")
    valid_from = prices[0].valid_from if prices else None
    due = max((time for time in (parse_time(known) if known else None, valid_from) if time is not None), default=None)
    said: dict[str, Any] = {
        "published_at": last["published_at"],
        "logged_at": last["logged_at"],
        "log_delay_s": (logged - published) / 1000,
        "limit_s": LIMIT_S,
    }
    if due is not None:
        delay = (published - due) / 1000
        said |= {"due_at": format_time(due), "delay_s": delay, "in_time": delay <= LIMIT_S}
    return said


def _feed(point: Body, connector: Body, manifest: Entry | None) -> dict[str, Any]:
    """What the public feed showed: the tariffs at the connector, and the snapshots in force."""
    said: dict[str, Any] = {"epoch": point["epoch"], "sequence": point["seq"], "tariff_ids": named_tariffs(connector)}
    if manifest is not None and manifest.content["kind"] == EntryKind.MANIFEST:
        said["manifest"] = {name: manifest.content[name] for name in ("sha256", "seq", "published_at")}
    return said


def _time(at: Millis | None) -> str | None:
    return None if at is None else format_time(at)
