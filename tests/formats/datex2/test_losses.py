"""What a dialect cannot say is listed: of the base model all that AFIR asks for and it lacks."""

from __future__ import annotations

import pytest

from tests.formats.datex2.publications import NAMES, STATUSES, TABLES, rendered
from tests.objects import location

AFIR_IN_VAIN = {
    "region_nuts1": "A10",
    "stations[].facilities": "A6",
    "stations[].parking_space_count": "A18, A19",
    "stations[].payment": "A20 to A23",
    "stations[].contract_payment": "A24",
    "evses[].connectors": "B2",
    "evses[].connectors[].power_type": "B4",
    "stations[].max_power_kw": "B5",
    "service_providers": "B7",
    "evses[].plug_and_charge": "B8",
    "evses[].smart_recharging": "B9",
}
NOWHERE = {"grid_connection", "funding", "evses[].charger_id", "related_locations", "energy_mix.supplier_name"}


def lost(name: str) -> dict[str, str]:
    return {loss.path: loss.reason for loss in rendered(name, location()).losses}


@pytest.mark.parametrize("name", [name for name in TABLES if "-v3.6-" in name or "-v3.5-" in name])
def test_the_base_model_lists_what_afir_asks_and_it_lacks(name):
    assert AFIR_IN_VAIN.keys() <= lost(name).keys()
    assert ("stations[].vehicle_classes" in lost(name)) == ("-v3.5-" in name)


@pytest.mark.parametrize("name", [name for name in TABLES if "afir" in name or "-de-" in name])
def test_the_afir_packages_lack_none_of_it_but_a_way_to_pay_that_no_offer_has(name):
    assert AFIR_IN_VAIN.keys() & lost(name).keys() == {"stations[].payment"}


@pytest.mark.parametrize("name", TABLES)
def test_what_no_dialect_has_a_place_for_is_lost_in_each(name):
    assert lost(name).keys() >= NOWHERE


@pytest.mark.parametrize("name", STATUSES)
def test_a_status_publication_tells_no_losses_of_the_table(name):
    assert not NOWHERE & lost(name).keys()


@pytest.mark.parametrize("name", NAMES)
def test_losses_add_up(name):
    """Paths have no indexes, and none is told twice."""
    losses = rendered(name, location()).losses
    assert len(losses) == len(set(losses))
    assert not [loss.path for loss in losses if any(letter.isdigit() for letter in loss.path.replace("nuts1", ""))]


@pytest.mark.parametrize("name", NAMES)
def test_a_body_is_not_changed_by_being_said(name):
    body = location()
    rendered(name, body)
    assert body == location()
