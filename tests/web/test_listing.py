from typing import NamedTuple
from urllib.parse import parse_qs

import pytest

from app.clock import parse_time
from app.web.failure import Failure
from app.web.listing import following, read_listing


class Shown(NamedTuple):
    """What the link needs to know of a page."""

    count: int
    next: int


NOON = parse_time("2026-01-31T12:00:00Z")


def test_without_parameters_everything_from_the_start():
    listing = read_listing({}, 100)
    assert (listing.offset, listing.limit, listing.after, listing.by_date) == (0, 100, None, False)


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-31T12:00:00Z",
        "2026-01-31T12:00:00",
        "2026-01-31T12:00:00.000Z",
        "2026-01-31T12:00:00.0009",
        "2026-01-31 12:00:00",
        "2026-01-31T13:00:00+01:00",
        "2026-01-31T13:00:00 01:00",  # a plus that a query string ate
        " 2026-01-31T12:00:00Z ",
    ],
)
def test_dates_are_read_as_clients_write_them(text):
    assert read_listing({"date_from": text}, 100).date_from == NOON


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("date_from", "yesterday"),
        ("date_to", "2026-01-31"),
        ("date_to", "2026-13-31T12:00:00Z"),
        ("offset", "-1"),
        ("offset", "٣"),
        ("offset", "9" * 5000),
        ("limit", "0"),
        ("limit", "ten"),
        ("limit", "1.5"),
        ("cursor", "zz"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(name, value):
    with pytest.raises(Failure) as refused:
        read_listing({name: value}, 100)
    assert (refused.value.code, refused.value.status_code) == (400, 2001)
    assert f"`{name}`" in str(refused.value.description)


def test_the_cap_holds():
    assert read_listing({"limit": "5000"}, 100).limit == 100
    assert read_listing({"limit": "7"}, 100).limit == 7


@pytest.mark.parametrize(
    "date_from", ["2026-01-31T12:00:00.123Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999-12:00"]
)
def test_the_next_page_keeps_filters_and_carries_a_cursor(date_from):
    arguments = {"date_from": date_from, "limit": "10", "offset": "20"}
    listing = read_listing(arguments, 100)
    shown = Shown(count=10, next=4711)
    query = {name: values[0] for name, values in parse_qs(following(listing, shown)).items()}
    after = read_listing(query, 100)
    assert after.date_from == listing.date_from
    assert (after.offset, after.limit, after.after) == (30, 10, 4711)
