"""Every route, and requests to it as nobody means them."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import zip_longest
from typing import NamedTuple

from flask import Flask
from werkzeug.routing import Rule
from werkzeug.routing.converters import AnyConverter, IntegerConverter

from tests.shared import ROOT

TABLE = ROOT / "tests" / "data" / "private" / "routes.csv"
"""What each route needs: nothing, or which token. One line a route; a route that has none fails a test."""
READ, WRITTEN = ("GET", "HEAD"), ("POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND")
WILD = ("../../etc/passwd", "\N{SNOWMAN}\x00'\"<b>", "9" * 2000)
VALUES = {
    "country_code": ("DE", "de", "NL"),
    "party_id": ("ABC", "abc", "EMS"),
    "party": ("DE-ABC", "DE-DEM"),
    "location_id": ("L1", "HID1", "HID2", "HID3"),
    "evse_uid": ("E1", "EHID1", "EHID2"),
    "connector_id": ("1", "1", "1"),
    "evse_id": ("DE*ABC*E1", "DE*ABC*EHID1", "DEABCEHID2"),
    "ids": ("L1/E1/1", "HID1", "HID1/EHID1", "HID2/EHID2/1", "HID3", "hid1"),
    "id": ("S-1", "C-1"),
    "uid": ("04A2B3C4D5", "none"),
    "version": ("2.3.0", "2.2.1", "2.1.1"),
    "regime": ("afir", "nevi", "uk"),
    "command": ("START_SESSION", "STOP_SESSION"),
    "name": (
        "wall",
        "settings",
        "locations.geojson",
        "data/feed.db",
        "../chargefeed.yaml",
        "0/000",
        "entries/000",
        "index.json",
    ),
}
QUERIES = (
    {},
    {"at": "2031-06-01T00:00:00Z", "date_from": "1970-01-01T00:00:00Z", "since": "0", "limit": "1000", "lang": "de"},
    {"party": "DE*ABC", "publish": "false", "q": "HID1", "cursor": "0", "offset": "0", "type": "REGULAR", "page": "2"},
    {
        "debug": "1",
        "audience": "partner",
        "token": "none",
        "location": "HID1",
        "evse": "EHID1",
        "regime[]": "'",
        "version": "2.3.0",
    },
    {
        "point": "DE/ABC/L1/E1/1",
        "from": "2031-06-01T00:00:00Z",
        "to": "2031-07-01T00:00:00Z",
        "before": "0",
        "after": "1",
    },
)
HEADERS = (
    {"Accept": "text/html"},
    {"Accept": "application/xml;q=0.9, */*;q=0.1", "Range": "bytes=0-99999", "Accept-Encoding": "br, zstd"},
    {
        "Accept": "application/openmetrics-text",
        "Authorization": "Token ***",
        "X-Forwarded-For": "127.0.0.1",
        "X-Original-URL": "/admin",
    },
    {
        "Authorization": "Bearer null",
        "X-HTTP-Method-Override": "DELETE",
        "Host": "localhost:1",
        "Cookie": "chargefeed_admin=e30.e30.e30",
    },
)


class Need(NamedTuple):
    path: str
    methods: str
    needs: str
    """nothing, admin, partner or relay."""


class Asked(NamedTuple):
    rule: str
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]


def needs() -> dict[str, Need]:
    with TABLE.open(newline="") as file:
        return {row["path"]: Need(**row) for row in csv.DictReader(file)}


def there(app: Flask) -> dict[str, str]:
    """Route → its methods, as the table has them."""
    found: dict[str, set[str]] = {}
    for rule in app.url_map.iter_rules():
        found.setdefault(rule.rule, set()).update((rule.methods or set()) - {"HEAD", "OPTIONS"})
    return {path: " ".join(sorted(methods)) for path, methods in found.items()}


def requests(app: Flask) -> Iterator[Asked]:
    """To every route: by ids of what is open and of what is not, by every method, with parameters and headers of all kinds."""
    for rule in app.url_map.iter_rules():
        paths = dict.fromkeys(_paths(rule))
        for number, path in enumerate(paths):
            for turn, query in enumerate(QUERIES if number < 4 else QUERIES[:1]):
                yield Asked(rule.rule, READ[number % 7 == 6], path, query, HEADERS[(number + turn) % len(HEADERS)])
        first = next(iter(paths))
        for number, method in enumerate(WRITTEN):
            yield Asked(rule.rule, method, first, QUERIES[number % len(QUERIES)], HEADERS[number % len(HEADERS)])


def _paths(rule: Rule) -> Iterator[str]:
    """One for each value of the argument that has the most."""
    names = sorted(rule._converters)
    columns = [_values(rule, name) for name in names]
    for row in zip_longest(*columns) if columns else ((),):
        pairs = zip(names, columns, row, strict=True)
        built = rule.build({name: column[0] if value is None else value for name, column, value in pairs})
        assert built is not None
        yield built[1]


def _values(rule: Rule, name: str) -> tuple[object, ...]:
    converter = rule._converters[name]
    if isinstance(converter, AnyConverter):
        return tuple(sorted(converter.items))
    if isinstance(converter, IntegerConverter):
        return 0, 1, 99_999_999
    return (*VALUES.get(name, ()), *WILD)
