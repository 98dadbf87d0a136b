"""The dynamic file: states, times, and only points that the static file has."""

from __future__ import annotations

import json

import pytest

from app.formats.irve.columns import DYNAMIC
from tests.formats.irve.examples import DATA, document, location, rendered, rows
from tests.objects import GONE, changed


def test_a_complete_location_is_a_row_per_point_in_service():
    assert document("dynamique", [location()]) == (DATA / "dynamique.csv").read_bytes()


def test_the_header_is_the_official_one(shared_data):
    official = json.loads((shared_data / "irve" / "dynamique" / "schema-dynamique.json").read_text())["fields"]
    assert list(DYNAMIC.names) == [field["name"] for field in official]
    for field, column in zip(official, DYNAMIC.columns, strict=True):
        assert column.required == field["constraints"]["required"]
        assert list(column.values) == field["constraints"].get("enum", [])
        assert column.pattern == field["constraints"].get("pattern", "")


@pytest.mark.parametrize(
    ("status", "state", "occupation", "plugs"),
    [
        ("AVAILABLE", "en_service", "libre", "fonctionnel"),
        ("CHARGING", "en_service", "occupe", "fonctionnel"),
        ("RESERVED", "en_service", "reserve", "fonctionnel"),
        ("BLOCKED", "en_service", "occupe", "fonctionnel"),
        ("OUTOFORDER", "hors_service", "inconnu", "hors_service"),
        ("INOPERATIVE", "hors_service", "inconnu", "hors_service"),
        ("UNKNOWN", "inconnu", "inconnu", "inconnu"),
    ],
)
def test_a_status_is_a_state_and_an_occupation(status, state, occupation, plugs):
    row = rows("dynamique", changed(location(), "evses[0].status", status))[0]
    assert (row["etat_pdc"], row["occupation_pdc"]) == (state, occupation)
    assert (row["etat_prise_type_2"], row["etat_prise_type_combo_ccs"]) == (plugs, plugs)
    assert (row["etat_prise_type_chademo"], row["etat_prise_type_ef"]) == ("", "")


@pytest.mark.parametrize("status", ["PLANNED", "REMOVED"])
def test_a_point_that_is_not_in_service_has_no_row(status):
    found = rows("dynamique", changed(location(), "evses[0].status", status))
    assert [row["id_pdc_itinerance"] for row in found] == ["FRABCE212"]


@pytest.mark.parametrize(
    ("times", "said"),
    [
        ({"occurred_at": "2026-07-01T10:00:00.999Z"}, "2026-07-01T12:00:00+02:00"),
        ({"received_at": "2026-01-01T10:00:00.000Z"}, "2026-01-01T11:00:00+01:00"),
        (GONE, "2026-11-23T12:00:00+01:00"),
    ],
)
def test_the_time_is_that_of_the_status_with_the_local_offset(times, said):
    assert rows("dynamique", changed(location(), "evses[0].status_times", times))[0]["horodatage"] == said


def test_a_point_that_the_static_file_lacks_has_no_row_and_the_loss_says_so():
    body = changed(location(), "evses[0].evse_id", "none")
    assert [row["id_pdc_itinerance"] for row in rows("dynamique", body)] == ["FRABCE212"]
    assert any("static file" in loss.reason for loss in rendered("dynamique", body).losses)


def test_what_is_said_only_roughly_is_listed_as_lost():
    body = changed(location(), "evses[0].status", "BLOCKED")
    body["evses"][1] |= {"status": "INOPERATIVE", "status_detail": {"reason": "stale"}}
    losses = rendered("dynamique", body).losses
    assert {(loss.path, loss.value) for loss in losses} == {
        ("evses[].status", "BLOCKED"),
        ("evses[].status", "INOPERATIVE"),
        ("evses[].status_detail", ""),
    }
