"""Hours of access in words."""

from __future__ import annotations

import pytest

from app.formats.nevi.hours import in_words


def hours(*periods: str):
    """Each `1-5 08:00-20:00`."""
    regular = []
    for period in periods:
        days, clock = period.split()
        first, last = map(int, days.split("-"))
        begin, end = clock.split("-")
        regular += [{"weekday": day, "period_begin": begin, "period_end": end} for day in range(first, last + 1)]
    return {"twentyfourseven": False, "regular_hours": regular}


@pytest.mark.parametrize(
    ("given", "english", "french"),
    [
        (None, "", ""),
        ({"twentyfourseven": True}, "24 hours daily", "24 heures par jour, tous les jours"),
        (hours("1-7 07:00-21:00"), "daily 7:00 AM-9:00 PM", "tous les jours 07 h 00-21 h 00"),
        (
            hours("1-5 08:00-12:00", "1-5 13:00-18:00", "7-7 10:00-23:59"),
            "Mon-Fri 8:00 AM-12:00 PM, 1:00 PM-6:00 PM; Sun 10:00 AM-12:00 AM",
            "lun.-ven. 08 h 00-12 h 00, 13 h 00-18 h 00; dim. 10 h 00-00 h 00",
        ),
        (hours("1-1 08:00-18:00", "3-3 08:00-18:00"), "Mon 8:00 AM-6:00 PM; Wed 8:00 AM-6:00 PM", None),
    ],
)
def test_days_that_are_alike_are_said_together(given, english: str, french: str | None) -> None:
    assert in_words(given) == english
    if french is not None:
        assert in_words(given, "fr") == french
