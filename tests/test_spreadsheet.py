"""Cells that a spreadsheet would run are text; numbers stay numbers."""

from __future__ import annotations

import pytest

from app.spreadsheet import no_formula


@pytest.mark.parametrize(
    "text", ["=1+1", "=cmd|' /C calc'!A0", "@SUM(A1)", "+SUM(A1)", "-2+3+cmd|' /C calc'!A0", "\t=1", "\r=1"]
)
def test_what_would_run_is_written_as_text(text):
    assert no_formula(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Markt", "-1.5", "+49 30 (123) 456-7", "DE*ABC*E1", "a=b"])
def test_numbers_telephones_and_names_stay_as_they_are(text):
    assert no_formula(text) == text
