"""What QualiCharge takes: valid by its schemas, under its stricter rules."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from app.formats.qualicharge import statiques, statuses, unit_of
from tests.formats.irve.examples import context, demo, location
from tests.objects import GONE, changed


@pytest.fixture(scope="session")
def folder(shared_data: Path) -> Path:
    return shared_data / "irve" / "qualicharge"


def validator(folder: Path, name: str) -> Draft202012Validator:
    return Draft202012Validator(
        json.loads((folder / f"{name}.schema.json").read_text()), format_checker=FormatChecker()
    )


def test_the_demo_network_is_valid_and_whole(folder):
    bodies, given = demo()
    static, status = validator(folder, "statique"), validator(folder, "status-create")
    points = 0
    for body in bodies:
        found, live = statiques(body, given), statuses(body, given)
        assert not [error.message for item in found.objects for error in static.iter_errors(item)]
        assert not [error.message for item in live.objects for error in status.iter_errors(item)]
        assert found.losses == ()
        assert [item["id_pdc_itinerance"] for item in found.objects] == [
            item["id_pdc_itinerance"] for item in live.objects
        ]
        points += len(found.objects)
    assert points > 400


def test_objects_have_the_fields_of_qualicharge_s_own_examples(folder):
    example = json.loads((folder / "statique-examples.json").read_text())[0]
    (item, _) = statiques(location(), context()).objects
    assert item.keys() - example.keys() == set()
    assert example.keys() - item.keys() == {"paiement_autre", "tarification"}, "nobody knows them"
    same = {name for name in item if type(item[name]) is type(example[name])}
    assert same == set(item)
    (live, _) = statuses(location(), context()).objects
    assert live.keys() <= json.loads((folder / "status-examples.json").read_text())[0].keys()


def test_the_schema_tells_their_broken_example(folder):
    """Their own examples, so that it is known that the schemas can refuse something."""
    examples = json.loads((folder / "statique-examples.json").read_text())
    assert [validator(folder, "statique").is_valid(item) for item in examples].count(False) == 1


@pytest.mark.parametrize(
    ("path", "value", "column"),
    [
        ("owner", GONE, "nom_amenageur"),
        ("owner.registration_ids", GONE, "siren_amenageur"),
        ("owner.registration_ids[0].id", "130025266", "siren_amenageur"),
        ("owner.email", GONE, "contact_amenageur"),
        ("help_phone", GONE, "telephone_operateur"),
        ("municipality_code", GONE, "code_insee_commune"),
        ("grid_connection", GONE, "raccordement"),
        ("stations[0].external_ids[0].id", "FRABCE21", "id_station_itinerance"),
        ("size_restriction", "-", "restriction_gabarit"),
        ("operational_since", "2026-12-24", "date_mise_en_service"),
    ],
)
def test_what_the_file_takes_and_qualicharge_does_not_is_left_out_with_a_loss(path, value, column):
    found = statiques(changed(location(), path, value), context())
    assert found.objects == ()
    assert any(column in loss.reason for loss in found.losses)
    assert statuses(changed(location(), path, value), context()).objects == (), "an unknown point spoils a whole batch"


@pytest.mark.parametrize(
    ("path", "value", "column"),
    [
        ("evses[0].evse_id", "ES*ABC*E1", "id_pdc_itinerance"),
        ("evses[0].connectors[0].max_electric_power", 5_000_000, "puissance_nominale"),
        ("grid_connection.pdl", GONE, "num_pdl"),
    ],
)
def test_a_rule_about_one_point_leaves_the_other_one(path, value, column):
    found = statiques(changed(location(), path, value), context())
    assert [item["id_pdc_itinerance"] for item in found.objects] == ["FRABCE212"]
    assert any(column in loss.reason for loss in found.losses)


@pytest.mark.parametrize(
    ("status", "state", "occupation"),
    [
        ("CHARGING", "en_service", "occupe"),
        ("BLOCKED", "en_service", "inconnu"),
        ("OUTOFORDER", "hors_service", "inconnu"),
        ("UNKNOWN", "inconnu", "inconnu"),
    ],
)
def test_occupied_is_a_point_that_charges(status, state, occupation):
    found = statuses(changed(location(), "evses[0].status", status), context())
    item = found.objects[0]
    assert (item["etat_pdc"], item["occupation_pdc"]) == (state, occupation)
    assert item["horodatage"] == "2026-11-23T11:59:58+01:00"
    assert any(loss.value == "BLOCKED" for loss in found.losses) == (status == "BLOCKED")


def test_an_account_speaks_for_units():
    (item, _) = statiques(location(), context()).objects
    assert unit_of(item) == "FRABC"
