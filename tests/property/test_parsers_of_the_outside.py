"""Whatever comes from outside, each parser gives a result or the error it is documented to give, within its time.

Here each is tried for a moment; `deploy/test --fuzz` does it at length, and keeps what breaks one in tests/data/crashes.
"""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.fuzzing.mutations import mutated
from tests.fuzzing.parsers import CRASHES, PARSERS, Parser
from tests.fuzzing.trying import tried

parsers = pytest.mark.parametrize("parser", PARSERS, ids=lambda parser: parser.name)


def assert_taken(parser: Parser, data: bytes, whence: object) -> None:
    crash = tried(parser, data)
    assert crash is None, f"{parser.name}, {whence}: {crash and crash.told}"


@parsers
def test_a_sound_sample_is_read(parser):
    """What is refused at its first byte would try nothing."""
    assert any(is_read(parser, data) for data in parser.inputs())


def is_read(parser: Parser, data: bytes) -> bool:
    try:
        parser.read(data)
    except parser.refused:
        return False
    return True


@parsers
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@example(seed=0)
@given(seed=st.integers(0, 1 << 32))
def test_unsound_ones_are_read_or_refused(parser, seed):
    random = Random(seed)
    assert_taken(parser, mutated(random.choice(parser.inputs()), random), f"seed {seed}")


@parsers
def test_what_broke_it_once_breaks_it_no_more(parser):
    for path in sorted((CRASHES / parser.name).glob("*")):
        assert_taken(parser, path.read_bytes(), path)


def test_every_file_of_a_crash_has_its_parser():
    assert {path.name for path in CRASHES.iterdir()} <= {parser.name for parser in PARSERS}
