"""Opening hours in words, read and written."""

from __future__ import annotations

import pytest

from app.model.opening_hours import read_hours, write_hours


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("24/7", "24/7"),
        (" 24 / 7 ", "24/7"),
        ("Mo-Fr 08:00-12:00,Mo-Fr 14:00-18:00,Th 08:00-18:00", "Mo-Fr 08:00-12:00,Mo-Fr 14:00-18:00,Th 08:00-18:00"),
        ("Mo-Fr 08:00-12:00, 14:00-18:00", "Mo-Fr 08:00-12:00,Mo-Fr 14:00-18:00"),
        ("mo,we 8:00-9:30; sa-su 10:00-24:00", "Mo 08:00-09:30,We 08:00-09:30,Sa-Su 10:00-24:00"),
        ("Lu-Ve 08:00-20:00;Di 10:00-23:59", "Mo-Fr 08:00-20:00,Su 10:00-24:00"),
        ("Fr-Mo 00:00-00:00", "Mo 00:00-24:00,Fr-Su 00:00-24:00"),
    ],
)
def test_hours_come_back_as_they_were_meant(text, written):
    assert write_hours(read_hours(text)) == written


@pytest.mark.parametrize(
    "text", ["", "08:00-12:00", "Mo-Fr", "PH off", "Mo-Xx 08:00-12:00", "Mo 08:00-12:00 sauf fériés"]
)
def test_what_is_no_such_text_is_not_read(text):
    assert read_hours(text) is None
