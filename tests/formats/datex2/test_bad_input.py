"""Names, ids, prices and hours that a document must not break on, or lie about."""

from __future__ import annotations

import json

import pytest
from lxml import etree

from app.formats.ocpi.parse import read_location, read_tariff
from tests.formats.datex2.documents import needs_samples
from tests.formats.datex2.publications import DATA, NAMES, STATUSES, TABLES, document, errors, found, rendered, tariffs
from tests.objects import changed, location

GERMAN = "datex2-de-01-00-00-table-json"
XML = "datex2-v3.7-afir-table-xml"
NASTY = 'Kühn & Söhne <b>"quoted"</b> 🔌 &amp;'


def texts(name, body, element):
    if name.endswith("-json"):
        return [one["value"] for text in found(body, element) for one in text["values"]]
    return [value.text for one in etree.fromstring(body).iter(f"{{*}}{element}") for value in one.iter("{*}value")]


@pytest.mark.parametrize("name", TABLES)
@needs_samples
def test_entities_and_characters_beyond_the_basic_plane_come_out_as_they_came_in(name):
    body = document(name, [location() | {"name": NASTY}])
    assert NASTY in texts(name, body, "name")
    assert not errors(name, body)


@pytest.mark.parametrize("character", ["\x00", "\x0b", "\x1b", "\ufffe", "\uffff"])
@needs_samples
def test_what_xml_has_no_place_for_is_left_out_and_said_to_be(character):
    body = location() | {"name": f"Muster{character}platz"}
    whole = document(XML, [body])
    assert "Musterplatz" in texts(XML, whole, "name")
    assert not errors(XML, whole)
    assert "characters that XML 1.0" in rendered(XML, body).losses[-1].reason
    assert body["name"] in texts(GERMAN, document(GERMAN, [body]), "name"), "JSON can say it"


def test_a_table_without_such_characters_loses_none():
    assert not [loss for loss in rendered(XML, location()).losses if loss.path == ""]


@pytest.mark.parametrize("name", TABLES)
def test_swapped_coordinates_are_left_as_they_are(name):
    """Whether they are in the country is for lint to say."""
    swapped = {"latitude": "13.404954", "longitude": "52.520008"}
    body = document(name, [changed(location(), "coordinates", swapped)])
    assert b"13.404954" in body
    assert body.index(b"13.404954") < body.index(b"52.520008")


def test_an_evse_id_that_is_none_is_not_marked_as_one():
    body = changed(location(), "evses[0].evse_id", "Ladesäule 1".encode("ascii", "replace").decode())
    ids = [
        one["externalIdentifier"] for point in found(document(GERMAN, [body]), "refillPoint") for one in point.values()
    ]
    assert ids[0] == [{"identifier": "Lades?ule 1", "otherTypeOfIdentifier": "evse_id"}]
    marked = {"value": "extendedG", "extendedValueG": "evseId"}
    assert ids[1] == [{"identifier": "DEABCE2", "typeOfIdentifier": marked}]
    assert "evses[].evse_id" in {loss.path for loss in rendered(GERMAN, body).losses}


@pytest.mark.parametrize("name", NAMES)
@needs_samples
def test_a_price_with_more_decimals_is_rounded_where_it_must_be_and_said_exactly(name):
    """OCPI has four at most, to which five are rounded as they come in."""
    five = changed(tariffs()["web"], "elements[0].price_components[1].price", 0.49127)
    tariff = read_tariff(five, version="2.3.0", country_code=None, party_id=None).record.body
    body = changed(location(), "evses[0].connectors[0].adhoc_offers", [{"tariff_id": "web"}])
    whole = document(name, [body], {"web": tariff})
    assert not errors(name, whole)
    if name.endswith("-xml"):
        assert b"0.4913" in whole, "in words"
        values = [one.text for one in etree.fromstring(whole).iter("{*}value")]
        assert "0.49" in values
        assert "tariffs[].elements[].price_components[].price" in {
            one.path for one in rendered(name, body, {"web": tariff}).losses
        }
    else:
        assert b'"value":0.4913' in whole


@pytest.mark.parametrize("name", TABLES)
@needs_samples
def test_hours_past_midnight_are_those_of_both_days(name):
    night = {
        "twentyfourseven": False,
        "regular_hours": [{"weekday": 7, "period_begin": "21:00", "period_end": "06:00"}],
    }
    parsed = read_location(location() | {"opening_times": night}, version="2.3.0", country_code=None, party_id=None)
    body = {**parsed.record.body, "last_updated": "2026-11-01T10:00:00.000Z"}
    whole = document(name, [body])
    assert not errors(name, whole)
    end = {"datex2-de-01-00-00-table-json": b"23:59:59Z"}.get(name, b"24:00:00")
    for expected in (b"monday", b"sunday", b"21:00:00", b"00:00:00", b"06:00:00", end):
        assert expected in whole


@pytest.mark.parametrize("name", NAMES)
@needs_samples
def test_a_location_of_which_little_is_told_is_valid(name):
    little = json.loads((DATA / "little.json").read_text())
    assert not errors(name, document(name, [little], {}))


@pytest.mark.parametrize("name", STATUSES)
@needs_samples
def test_a_status_of_which_nothing_is_known_is_unknown(name):
    little = json.loads((DATA / "little.json").read_text())
    assert b"unknown" in document(name, [little], {})
