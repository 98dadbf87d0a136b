"""What is taken as it is, but should be looked at."""

from __future__ import annotations

import pytest

from app.model.location import Location
from app.model.notes import location_notes, tariff_notes
from app.model.problem import Severity
from app.model.pruning import path_text
from app.model.tariff import Tariff
from tests.objects import GONE, changed, location, tariff


def test_the_full_examples_have_nothing_odd():
    assert list(location_notes(Location.model_validate(location()))) == []
    assert list(tariff_notes(Tariff.model_validate(tariff()))) == []


@pytest.mark.parametrize(
    ("path", "value", "noted", "what"),
    [
        ("address", "x" * 46, "address", "longer than 45 characters"),
        ("state", "x" * 21, "state", "longer than 20 characters"),
        (
            "coordinates",
            {"latitude": "0.000000", "longitude": "0.000000"},
            "coordinates",
            "latitude and longitude are 0",
        ),
        ("last_updated", GONE, "last_updated", "required field last_updated is missing"),
        ("evses[0].last_updated", GONE, "evses[0].last_updated", "required field last_updated is missing"),
        ("evses[1].status", GONE, "evses[1].status", "required field status is missing"),
        ("evses[0].evse_id", "BE-BEC-E04", "evses[0].evse_id", "- instead of * as separator"),
        ("evses[0].evse_id", "4711", "evses[0].evse_id", "no EVSE id of the registered form"),
        (
            "evses[0].connectors[0].max_electric_power",
            150,
            "evses[0].connectors[0].max_electric_power",
            "less than 1 kW",
        ),
        ("energy_mix.energy_sources[0].percentage", 50, "energy_mix.energy_sources", "do not add up to 100"),
        ("energy_mix.energy_sources[0].source", "COAL", "energy_mix.is_green_energy", "not by its sources"),
    ],
)
def test_an_odd_location(path, value, noted, what):
    notes = list(location_notes(Location.model_validate(changed(location(), path, value))))
    assert [path_text(note.path) for note in notes] == [noted]
    assert what in notes[0].problem.what
    assert notes[0].problem.severity is Severity.NOTE
    assert notes[0].problem.rule


@pytest.mark.parametrize(
    ("path", "value", "noted", "what"),
    [
        ("currency", "USD", "currency", "not a currency of the operator's country"),
        ("elements[1].price_components[0].step_size", 0, "elements[1].price_components[0].step_size", "read as 1"),
        ("last_updated", GONE, "last_updated", "required field last_updated is missing"),
    ],
)
def test_an_odd_tariff(path, value, noted, what):
    notes = list(tariff_notes(Tariff.model_validate(changed(tariff(), path, value))))
    assert [path_text(note.path) for note in notes] == [noted]
    assert what in notes[0].problem.what
