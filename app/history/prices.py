"""The rows of `prices`: what a driver without a contract paid at each connector, by the entries of the ledger.

A row ends where the ledger said something else of the EVSE or of a tariff that it names, or where the price became another by
time alone. Where no price was public there is no row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

import orjson
from sqlalchemy import Connection

from app.clock import Millis, parse_time
from app.history.schema import DAY
from app.ledger.entries import Body, Entry, evse_subject, tariff_subject
from app.ledger.pricing import connectors_of, named_tariffs
from app.ledger.rows import said_between
from app.model.identifiers import object_key
from app.registry.past import Point
from app.tariffs.adhoc import AdhocPrice, PriceBook
from app.tariffs.adhoc.told import told_part

_EXACT = Decimal(1).scaleb(-8)
_REMEMBERED = 10_000
"""Kinds of connectors."""


@dataclass(frozen=True, slots=True)
class _Span:
    """A price while it holds, at every connector that is alike."""

    price: AdhocPrice
    tariff: Entry
    components: list[dict[str, Any]]
    since: Millis
    until: Millis


class PriceRows:
    """Of one day, portion by portion."""

    def __init__(self, connection: Connection, begin: Millis) -> None:
        self._connection = connection
        self._begin, self._end = begin, begin + DAY
        self._tariffs: dict[str, list[tuple[Millis, Entry]]] = {}
        """By subject, with when it was published. Each is kept, so that the book works a tariff out once for all connectors."""
        self._book = PriceBook()
        self._spans: dict[tuple[Any, ...], list[_Span]] = {}

    def __call__(self, portion: Sequence[Point]) -> Iterator[tuple[Any, ...]]:
        """As the schema orders the columns; by EVSE, connector, time."""
        subjects = [evse_subject(point.location_key, point.uid) for point in portion]
        said = said_between(self._connection, subjects, self._begin, self._end)
        self._read_tariffs(entry.content for entries in said.values() for entry in entries)
        for subject in subjects:
            for entry, later in pairwise((*said.get(subject, ()), None)):
                assert entry is not None
                end = self._end if later is None else _published(later)
                for connector in connectors_of(entry.content, None):
                    yield from self._rows(entry, connector, max(self._begin, _published(entry)), end)

    def _read_tariffs(self, points: Iterable[Body]) -> None:
        named = {
            _subject(point, id_) for point in points for one in connectors_of(point, None) for id_ in named_tariffs(one)
        }
        missing = named - self._tariffs.keys()
        self._tariffs |= {subject: [] for subject in missing}
        for subject, entries in said_between(self._connection, missing, self._begin, self._end).items():
            self._tariffs[subject] = [(_published(entry), entry) for entry in entries]

    def _rows(self, point: Entry, connector: Body, begin: Millis, end: Millis) -> Iterator[tuple[Any, ...]]:
        zone = point.content.get("time_zone")
        if zone is None:
            return
        subjects = {id_: _subject(point.content, id_) for id_ in named_tariffs(connector)}
        alike = begin, end, zone, tuple(subjects.values()), orjson.dumps({**connector, "id": None})
        if alike not in self._spans:
            if len(self._spans) >= _REMEMBERED:
                self._spans.clear()
            self._spans[alike] = list(self._priced(connector, subjects, zone, begin, end))
        for span in self._spans[alike]:
            yield _row(point, connector, span)

    def _priced(
        self, connector: Body, subjects: Mapping[str, str], zone: str, at: Millis, end: Millis
    ) -> Iterator[_Span]:
        while at < end:
            entries = {id_: entry for id_, one in subjects.items() if (entry := self._last(one, at)) is not None}
            bodies = {id_: entry.content["tariff"] for id_, entry in entries.items() if "tariff" in entry.content}
            changes = [
                self._book.next_change(connector, bodies, zone, at),
                *(self._next(subject, at) for subject in subjects.values()),
            ]
            until = min([end, *(change for change in changes if change is not None)])
            for price in self._book.adhoc(connector, bodies, zone, at):
                yield _Span(
                    price, _of(price, entries), [_component(told_part(part)) for part in price.parts], at, until
                )
            at = until

    def _last(self, subject: str, at: Millis) -> Entry | None:
        return next((entry for published, entry in reversed(self._tariffs[subject]) if published <= at), None)

    def _next(self, subject: str, after: Millis) -> Millis | None:
        return next((published for published, _ in self._tariffs[subject] if published > after), None)


def _row(point: Entry, connector: Body, span: _Span) -> tuple[Any, ...]:
    content, price = point.content, span.price
    used = sorted((point, span.tariff), key=lambda entry: entry.index)
    last = max(used, key=_published)
    country_code, _, party_id = content["party"].partition("*")
    return (
        object_key(country_code, party_id, content["evse_uid"]), content.get("evse_id"), content["location_id"],
        connector["id"], price.tariff.id, price.default, None if price.offer is None else list(price.offer.payment_means),
        price.tariff.currency, span.components,
        span.since, span.until, _published(last), last.content["seq"], [entry.index for entry in used],
    )  # fmt: skip


def _of(price: AdhocPrice, entries: dict[str, Entry]) -> Entry:
    return next(entry for id_, entry in entries.items() if id_.lower() == price.tariff.id.lower())


def _component(said: Body) -> dict[str, Any]:
    """Amounts are rounded to the eight digits of the column: a price per hour is not always one per minute."""
    money = {name: Decimal(said[name]).quantize(_EXACT) for name in ("amount", "vat_percent") if name in said}
    when = {"when": orjson.dumps(said["when"]).decode()} if "when" in said else {}
    return {**said, **money, **when}


def _subject(point: Body, tariff_id: str) -> str:
    return tariff_subject(f"{point['party']}/{tariff_id}".lower())


def _published(entry: Entry) -> Millis:
    return parse_time(entry.content["published_at"])
