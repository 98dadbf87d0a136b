"""An offer that was judged is judged again where its price, or what is offered, has changed, and not before."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from app.clock import parse_time
from app.registry.projection import Offer
from app.tariffs.adhoc import PriceBook
from app.web.filters import Filters, Judge
from tests.web.network import DATA

CHEAP = Filters(price=Decimal("0.50"))
DAY, EVENING = parse_time("2026-12-01T10:00:00Z"), parse_time("2026-12-01T18:30:00Z")


@pytest.fixture
def offers() -> list[Offer]:
    """One, which costs 0.49 a kWh by day and 0.79 in the evening."""
    (told,) = json.loads((DATA / "offers.json").read_text())
    return [Offer(connectors=tuple(told.pop("connectors")), **told)]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """When prices were asked for."""
    times: list[int] = []
    adhoc = PriceBook.adhoc

    def noted(book: PriceBook, *named: object) -> object:
        times.append(named[-1])  # type: ignore[arg-type]
        return adhoc(book, *named)  # type: ignore[arg-type]

    monkeypatch.setattr(PriceBook, "adhoc", noted)
    return times


def test_the_same_is_judged_once_until_a_price_changes(offers: list[Offer], asked: list[int]) -> None:
    judge = Judge()
    assert judge.fitting(CHEAP, offers, DAY) == {1}
    before = len(asked)
    assert judge.fitting(replace(CHEAP, free=True), offers, DAY + 1000) == {1}
    assert len(asked) == before
    assert judge.fitting(CHEAP, offers, EVENING) == frozenset()
    assert judge.fitting(CHEAP, offers, DAY) == {1}, "where a clock is set back"


def test_other_offers_are_judged_anew(offers: list[Offer]) -> None:
    judge = Judge()
    assert judge.fitting(CHEAP, offers, DAY) == {1}
    assert judge.fitting(CHEAP, [replace(offers[0], tariffs={})], DAY) == frozenset()


def test_of_whom_nothing_is_asked_everybody_fits(offers: list[Offer]) -> None:
    assert Judge().fitting(Filters(free=True), offers, DAY) is None
