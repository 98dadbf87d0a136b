"""A source of any kind may hand over price plans; whatever JSON they are, they end in tariffs or in problems."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from app.clock import ManualClock
from app.model.batch import Batch, Kind, Raw
from app.model.problem import Severity
from app.settings import shipped
from app.sources.base import Capabilities, Source, SourceSettings
from app.sources.plans import is_plan, tariffs_of_plan
from app.sources.records import read_record
from tests.sources.pulled import pull
from tests.sources.test_records import RECORDS, anything, places

PLANS = {
    path.stem: yaml.load(path.read_text(), yaml.BaseLoader) for path in sorted((shipped("config") / "plans").iterdir())
}


class Board(Source):
    """Hands over plans beside tariffs of OCPI 2.1.1."""

    type = "board"
    Settings = SourceSettings
    capabilities = Capabilities(frozenset({Kind.TARIFFS}))

    def fetch(self, kind: Kind, cursor: str | None, *, full: bool) -> Iterator[Batch]:
        tariff = RECORDS[kind, "2.1.1"]
        raws: list[Raw] = [Raw(f"de*tst/{tariff['id']}".lower(), tariff, "item 0")]
        problems = []
        for number, body in enumerate((PLANS["fast-afir"], {**PLANS["free"], "currency": "eur"}), start=1):
            found = tariffs_of_plan(body, f"item {number}")
            raws += found.raws
            problems += found.problems
        yield Batch(self.name, kind, self.clock.now(), self.read, raws, problems=problems)

    def read(self, raw: Raw) -> Any:
        return read_record(Kind.TARIFFS, "2.1.1", self.settings, raw)


@pytest.fixture
def board() -> Board:
    return Board(SourceSettings(name="board", type="board", country_code="DE", party_id="TST"), ManualClock())


def test_plans_are_read_beside_tariffs_of_another_version(board: Board) -> None:
    (batch,) = pull(board, Kind.TARIFFS).batches
    read = [batch.parse(raw) for raw in batch.records]
    assert [parsed.record.body["id"] for parsed in read if parsed.record] == [
        RECORDS[Kind.TARIFFS, "2.1.1"]["id"],
        "fast-afir-adhoc",
        "fast-afir-contract",
        "fast-afir-fleet",
    ]
    assert [problem.severity for parsed in read for problem in parsed.problems] == [Severity.NOTE]
    assert pull(board, Kind.TARIFFS).problems == ["item 2 DE*ABC/free currency: 'eur' is no known currency: write EUR"]


def test_a_tariff_that_tells_its_plan_is_no_plan() -> None:
    (tariff,) = tariffs_of_plan(PLANS["free"], "here").raws
    assert "plan" in tariff.body
    assert not is_plan(tariff.body)
    assert is_plan(PLANS["free"])


@st.composite
def broken(draw: st.DrawFn) -> Any:
    """A sound plan with up to three of its values replaced."""
    plan: Any = copy.deepcopy(PLANS[draw(st.sampled_from(sorted(PLANS)))])
    for _ in range(draw(st.integers(1, 3))):
        *path, last = draw(st.sampled_from(places(plan)[1:]))
        holder = plan
        for step in path:
            holder = holder[step]
        holder[last] = draw(anything)
    return plan


@given(broken())
def test_a_broken_plan_ends_in_problems(plan: Any) -> None:
    before = copy.deepcopy(plan)
    found = tariffs_of_plan(plan, "here")
    assert bool(found.raws) != bool(found.problems)
    assert all(problem.where == "here" for problem in found.problems)
    for raw in found.raws:
        parsed = read_record(Kind.TARIFFS, "2.1.1", SourceSettings(name="a", type="b"), raw)
        assert parsed.record is not None
        assert {problem.severity for problem in parsed.problems} <= {Severity.NOTE}
    assert plan == before
