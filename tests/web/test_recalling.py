"""A finding that was kept as English text is said in the reader's language, with what was put into it."""

from __future__ import annotations

import pytest

from app.web.languages import translated
from app.web.recalling import recalled
from app.wording import Worded


@pytest.mark.parametrize(
    ("kept", "told"),
    [
        ("not said", "nicht angegeben"),
        ("lit, toilets: neither yes nor no", "lit, toilets: weder ja noch nein"),
        ("lit is no, but a bay is lit", "lit ist nein, aber ein Stellplatz ist beleuchtet"),
        ("T1: no price per kWh", "T1: kein Preis je kWh"),
        ("no price per kWh", "kein Preis je kWh"),
        ("50 kW, but one of its points gives 150 kW", "50 kW, aber einer ihrer Ladepunkte gibt 150 kW"),
        (
            "96.5 % from 2026-01-01 to 2026-12-31, due is at least 97 %",
            "96.5 % vom 2026-01-01 bis zum 2026-12-31, verlangt sind mindestens 97 %",
        ),
    ],
)
def test_it_is_the_sentence_again_that_it_was(priced_site, kept, told):
    found = recalled(kept)
    assert found == kept
    with priced_site.test_request_context("/compliance?lang=de"):
        assert translated(found) == told


def test_what_no_rule_says_stays_as_it_is():
    assert not isinstance(recalled("a station moved"), Worded)
    assert recalled("") == ""
