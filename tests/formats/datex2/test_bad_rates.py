"""A rate in which anything is broken is read or refused, and never breaks what reads it."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.clock import parse_time
from app.formats.datex2.encoding import V37_XML
from app.formats.datex2.read_json import read_rate
from app.formats.datex2.to_tariff import Reading, to_tariffs
from app.formats.datex2.write_json import rate_json
from app.formats.datex2.xml_shape import from_xml, to_xml
from app.model.problem import Severity
from tests.formats.datex2.documents import load
from tests.tariffs.examples import ZONE

RATES = [load(path) for path in sorted(Path("tests/data/datex2/rates").glob("*.json"))]
READING = Reading("DE", "ABC", ZONE, parse_time("2026-05-04T10:00:00Z"))
junk = st.one_of(
    st.none(),
    st.text(max_size=5),
    st.integers(-2, 10**12),
    st.sampled_from(
        ["NaN", "1e400", "-0", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "24:00:00", "99:00:00"]
    ),
    st.just([]),
    st.just({}),
    st.booleans(),
)


def places(body: Any, path: tuple = ()) -> list[tuple]:
    items = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    return [(*path, key) for key, _ in items] + [place for key, value in items for place in places(value, (*path, key))]


@st.composite
def broken(draw: st.DrawFn) -> dict[str, Any]:
    body = deepcopy(draw(st.sampled_from(RATES)))
    for _ in range(draw(st.integers(1, 3))):
        *above, last = draw(st.sampled_from(places(body)))
        target = body
        for step in above:
            target = target[step]
        target[last] = draw(junk)
    return body


@settings(max_examples=200, deadline=None)
@given(broken())
def test_a_broken_rate_is_read_or_refused_with_a_reason(body):
    problems = []
    rate = read_rate(body, problems)
    if rate is None:
        assert any(one.severity is Severity.REFUSED for one in problems)
        return
    found = to_tariffs(rate, READING)
    assert found.tariffs or any(one.severity is Severity.REFUSED for one in found.problems)
    from_xml(to_xml("energyRate", rate_json(rate, V37_XML)[0]))


@pytest.mark.parametrize("far", ["9999-12-31T23:59:59Z", "9999-12-31T00:00:00+01:00"])
def test_a_year_that_stands_for_no_end_is_no_end(far):
    body = next(one for one in deepcopy(RATES) if one.get("idG") == "now")
    body["energyPrice"][1]["overallPeriod"]["overallEndTime"] = far
    problems = []
    assert read_rate(body, problems).prices[1].period.end is None
    assert [one.what for one in problems] == ["a year that stands for an open end"]
