"""Ad hoc prices that are known ahead, for formats that can announce them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.clock import Millis
from app.tariffs.adhoc.book import Body, PriceBook
from app.tariffs.adhoc.price import AdhocPrice


def upcoming(
    connector: Body,
    tariffs: Mapping[str, Body],
    time_zone: str,
    at: Millis,
    until: Millis,
    book: PriceBook | None = None,
) -> tuple[tuple[Millis, tuple[AdhocPrice, ...]], ...]:
    """The ad hoc prices at `at`, and after each change before `until`: from when, and what `adhoc_prices` says then.

    Each holds until the next begins, the last until `until`; none at all hold where there are none. Windows of the day count
    as changes: `until` bounds how many there are. `book`: one that the connectors asked about share.
    """
    return tuple(_changes(book or PriceBook(), connector, tariffs, time_zone, at, until))


def _changes(
    book: PriceBook, connector: Body, tariffs: Mapping[str, Body], time_zone: str, at: Millis, until: Millis
) -> Iterator[tuple[Millis, tuple[AdhocPrice, ...]]]:
    moment: Millis | None = at
    while moment is not None and moment < until:
        yield moment, book.adhoc(connector, tariffs, time_zone, moment)
        moment = book.next_change(connector, tariffs, time_zone, moment)
