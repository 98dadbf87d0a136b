"""Whatever JSON a record is, reading it ends in a record or in problems, never in an exception."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.model.batch import Kind, Raw
from app.sources.base import SourceSettings
from app.sources.records import Owner, dated, nameless, read_record, record_key
from tests.sources.conftest import DATA

SETTINGS = SourceSettings(name="a", type="b", status_map={"WORKING": "AVAILABLE"})
OWNER = Owner("DE", "TST")
RECORDS = {
    (kind, version): json.loads((DATA / "ocpi" / version / f"{kind}.json").read_text())["data"][1]
    for kind in (Kind.LOCATIONS, Kind.TARIFFS)
    for version in ("2.1.1", "2.2.1", "2.3.0")
}

scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5)
)
words = st.sampled_from(["", "WORKING", "AVAILABLE", "2026-01-01T00:00:00Z", "0", "DE", "\x00", "x" * 300, -1, 10**30])
anything = st.recursive(
    scalars | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["uid", "id", "a"]), inner, max_size=3),
    max_leaves=5,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for step, inner in steps for place in places(inner, (*path, step)))]


@st.composite
def broken(draw: st.DrawFn) -> tuple[Kind, str, Any]:
    """A sound record with up to three of its values replaced."""
    kind, version = draw(st.sampled_from(list(RECORDS)))
    record: Any = copy.deepcopy(RECORDS[kind, version])
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(places(record)))
        value = draw(anything)
        if not path:
            record = value
            continue
        holder = record
        for step in path[:-1]:
            holder = holder[step]
        holder[path[-1]] = value
    return kind, version, record


@given(broken())
def test_a_broken_record_ends_in_problems(case: tuple[Kind, str, Any]):
    kind, version, body = case
    before = copy.deepcopy(body)
    key = record_key(body, OWNER)
    if key is None:
        assert nameless(body, kind, "here", OWNER).what
        return
    assert len(key) <= 46
    parsed = read_record(kind, version, SETTINGS, Raw(key, body, "here"))
    assert parsed.record is not None or parsed.problems
    assert dated(parsed, body).problems == parsed.problems
    assert body == before, "the raw record is hashed later"
