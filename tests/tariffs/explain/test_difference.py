"""What differs between two tariffs, in words and in figures."""

from __future__ import annotations

from dataclasses import astuple

import pytest

from app.model.tariff import Tariff
from app.tariffs.adhoc import tariff_price
from app.tariffs.explain import explain, prices_compared, tariffs_compared
from app.tariffs.explain.difference import sentences_compared
from tests.tariffs.examples import ZONE, at, read
from tests.tariffs.explain.told import DATA, by_id

VERSIONS = {body["id"]: Tariff.model_validate(body) for body in read(DATA / "versions.json")}


def compared(before, after, language="en"):
    return tariffs_compared(VERSIONS[before], VERSIONS[after], language, ZONE)


def figures(pairs):
    return [tuple(str(part).replace("\xa0", " ") for part in astuple(pair)) for pair in pairs]


def test_a_tariff_and_itself_differ_in_nothing():
    for tariff in by_id().values():
        found = tariffs_compared(tariff, tariff, "en")
        assert {pair.kind for pair in (*found.sentences, *found.prices)} <= {"same"}, tariff.id


def test_both_sides_are_told_in_full_and_in_their_order():
    told = [explain(tariff, "en", time_zone=ZONE) for tariff in (VERSIONS["before"], VERSIONS["after"])]
    found = compared("before", "after").sentences
    for side, sentences in zip(("before", "after"), told, strict=True):
        whole = [" ".join(piece.text for piece in getattr(pair, side)) for pair in found]
        assert [sentence for sentence in whole if sentence] == list(sentences)


def test_a_changed_sentence_marks_what_changed_in_it():
    energy = next(pair for pair in compared("before", "after").sentences if pair.kind == "changed")
    marked = [piece.text.replace("\xa0", " ") for piece in energy.after if piece.changed]
    assert marked == ["0.60 €/kWh; 0.49 €/kWh"]


def test_sentences_that_came_and_went_stand_alone():
    kinds = {pair.kind: pair for pair in compared("before", "after").sentences}
    assert kinds["removed"].before[0].text.startswith("Session fee")
    assert kinds["added"].after[0].text.startswith("A session costs at most")
    assert not kinds["removed"].after
    assert not kinds["added"].before


def test_prices_are_told_with_what_they_rose_or_fell_by():
    assert figures(compared("before", "after").prices) == [
        ("changed", "energy", "", "0.55 €/kWh", "0.60 €/kWh", "+0.05 €/kWh", "+9.1%"),
        ("changed", "energy", "from 22:00 to 06:00", "0.59 €/kWh", "0.49 €/kWh", "−0.10 €/kWh", "−17%"),
        ("removed", "session", "", "1 € per session", "", "", ""),
        ("added", "maximum", "", "", "50 € per session", "", ""),
    ]


def test_prices_with_other_taxes_are_not_subtracted():
    (energy, *_) = figures(compared("after", "net").prices)
    assert energy[0] == "changed"
    assert energy[5:] == ("", "")


def test_at_two_moments_what_holds_then_is_compared():
    day, night = (tariff_price(VERSIONS["before"], ZONE, at(f"2026-01-05T{hour}:00")) for hour in (12, 23))
    (energy, session) = figures(prices_compared(day, night, "en"))
    assert energy[3:] == ("0.55 €/kWh", "0.59 €/kWh", "+0.04 €/kWh", "+7.3%")
    assert session[0] == "same"


@pytest.mark.parametrize(("before", "after"), [([], []), ([], ["a"]), (["a"], []), (["a b", "c"], ["c", "a b"])])
def test_texts_may_be_empty_or_move(before, after):
    found = sentences_compared(before, after)
    assert [pair.before[0].text for pair in found if pair.before] == before
    assert [pair.after[0].text for pair in found if pair.after] == after
