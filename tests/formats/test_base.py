from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from app.clock import parse_time
from app.errors import ConfigError
from app.formats.base import Context, Envelope, format_named, formats
from tests.objects import location, tariff

PLUGIN = Path(__file__).parent.parent / "plugin"
STAMP = parse_time("2026-11-23T11:50:13.123Z")
AROUND = Envelope(STAMP)
NOWHERE = Context(at=STAMP, tariffs={})


def test_formats_are_found_by_name():
    assert {"ocpi-2.1.1", "ocpi-2.2.1", "ocpi-2.3.0", "geojson"} <= set(formats())
    assert format_named("ocpi-2.2.1").media_type == "application/json"


def test_a_format_of_another_package_is_found_by_its_entry_point(monkeypatch):
    monkeypatch.syspath_prepend(str(PLUGIN))
    formats.cache_clear()
    try:
        assert format_named("board-lines").location(location(), NOWHERE).body == b"LOC-1 Musterstadt"
    finally:
        formats.cache_clear()


def test_an_unknown_format_is_refused_and_the_known_ones_named():
    with pytest.raises(ConfigError, match=r"no format 'ocpi-9'.*ocpi-2\.2\.1"):
        format_named("ocpi-9")


@pytest.mark.parametrize("name", ["ocpi-2.1.1", "ocpi-2.2.1", "ocpi-2.3.0"])
def test_an_ocpi_document_is_an_envelope_around_a_list(name):
    known = format_named(name)
    parts = [known.location(location(), NOWHERE).body] * 2
    document = json.loads(known.prefix(AROUND) + known.separator.join(parts) + known.suffix(AROUND))
    assert [item["id"] for item in document["data"]] == ["LOC-1", "LOC-1"]
    assert document["status_code"] == 1000
    whole_seconds = name == "ocpi-2.1.1"
    assert document["timestamp"] == ("2026-11-23T11:50:13Z" if whole_seconds else "2026-11-23T11:50:13.123Z")
    assert json.loads(known.prefix(AROUND) + known.suffix(AROUND))["data"] == []


@pytest.mark.parametrize("name", ["ocpi-2.1.1", "ocpi-2.2.1", "ocpi-2.3.0"])
def test_ocpi_says_tariffs(name):
    body = format_named(name).tariff(tariff(), NOWHERE).body
    assert json.loads(body)["id"] == "adhoc"


def test_what_formats_have_in_common_is_worked_out_once_for_an_object() -> None:
    context, other, asked = Context(7, {}), {"id": "B"}, []

    def name(body: Mapping[str, Any], context: Context) -> str:
        asked.append(body["id"])
        return f"{body['id']} at {context.at}"

    body = {"id": "A"}
    assert [context.once(name, one) for one in (body, body, other)] == ["A at 7", "A at 7", "B at 7"]
    assert asked == ["A", "B"]
