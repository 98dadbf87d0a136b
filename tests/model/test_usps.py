"""States and ZIP codes as the United States Postal Service writes them."""

from __future__ import annotations

import pytest

from app.model.usps import NAMES, state_code, zip_code


@pytest.mark.parametrize(
    ("said", "country", "code"),
    [
        ("CA", "USA", "CA"),
        (" ca ", "USA", "CA"),
        ("US-CA", "USA", "CA"),
        ("district of columbia", "USA", "DC"),
        (None, "USA", None),
        (None, "PRI", "PR"),
        ("", "GUM", "GU"),
        ("Quebec", "USA", None),
    ],
)
def test_a_state_has_one_code_however_it_is_written(said: str | None, country: str, code: str | None) -> None:
    assert state_code(said, country) == code


def test_there_are_fifty_states_the_district_and_five_territories() -> None:
    assert len(NAMES) == 56


@pytest.mark.parametrize(
    ("said", "parts"),
    [
        ("95814", ("95814", None)),
        ("95814-1234", ("95814", "1234")),
        ("958141234", ("95814", "1234")),
        (None, (None, None)),
        ("9581", (None, None)),
        ("K1A 0B1", (None, None)),
    ],
)
def test_a_zip_code_has_five_digits_and_may_have_four_more(
    said: str | None, parts: tuple[str | None, str | None]
) -> None:
    assert zip_code(said) == parts
