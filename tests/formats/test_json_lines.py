from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from app.formats.json_lines import LineIndex, path_of

JSON = st.recursive(
    st.one_of(st.booleans(), st.integers(), st.text(alphabet='ab"\\,:{}[]\n ', max_size=6)),
    lambda below: (
        st.lists(below, max_size=4) | st.dictionaries(st.text("xyz", min_size=1, max_size=3), below, max_size=4)
    ),
    max_leaves=25,
)


def leaves(value, path=()):
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = [leaf for step, item in steps for leaf in leaves(item, (*path, step))]
    return found or [(path, value)]


@given(JSON)
def test_every_value_is_found_on_its_line(value):
    text = json.dumps(value, indent=1)
    lines = text.split("\n")
    index = LineIndex(text)
    for path, leaf in leaves(value):
        assert json.dumps(leaf) in lines[index.line(path) - 1]


@given(JSON)
def test_in_one_line_everything_is_on_it(value):
    index = LineIndex(json.dumps(value))
    assert {index.line(path) for path, _ in leaves(value)} == {1}


def test_what_is_not_there_is_on_the_line_of_what_is_around_it():
    index = LineIndex('{\n "a": [\n  {"b": 1},\n  {}\n ]\n}')
    assert index.line(path_of("a[0].b")) == 3
    assert index.line(path_of("a[1].b")) == 4
    assert index.line(path_of("c.d")) == 1


def test_names_with_escapes_are_understood():
    assert LineIndex('{\n"a\\"b":\n1}').line(('a"b',)) == 3
    assert LineIndex('{\n"\\u0061":\n1}').line(("a",)) == 3


def test_paths_are_read():
    assert path_of("evses[2].connectors[0].id") == ("evses", 2, "connectors", 0, "id")
    assert path_of("") == ()
