"""2.3.0 → 2.2.1, each row of the table (reference B.1)."""

from __future__ import annotations

import copy
from decimal import Decimal

import pytest

from app.formats.base import Context
from app.formats.ocpi.downgrade import downgrade
from app.model.location import Location
from app.model.loss import Loss
from app.model.tariff import Tariff
from tests.objects import GONE, changed, location, tariff

NOWHERE = Context(at=0, tariffs={})
PLUG = "evses[0].connectors[0]"


def said(body, model=Location):
    before = copy.deepcopy(body)
    converted, losses = downgrade(body, model, "2.2.1", NOWHERE)
    assert body == before, "the canonical object was changed"
    return converted, set(losses)


def lost(path, value=""):
    return Loss(path, "no such value before 2.3.0: left out", value)


def test_fields_of_2_3_0_are_left_out_and_named():
    converted, losses = said(location())
    assert "parking_places" not in converted
    assert "help_phone" not in converted
    assert {"parking", "accepted_service_providers"}.isdisjoint(converted["evses"][0])
    assert "capabilities" not in converted["evses"][0]["connectors"][0]
    paths = {loss.path for loss in losses if loss.reason == "no such field before 2.3.0: left out"}
    assert paths == {
        "parking_places",
        "help_phone",
        "evses[].parking",
        "evses[].accepted_service_providers",
        "evses[].connectors[].capabilities",
    }


def test_the_extension_is_left_out_and_named():
    converted, losses = said(location())
    own = {loss.path for loss in losses if loss.reason == "chargefeed's own field: left out"}
    assert {"stations", "evses[].charger_id", "operator.legal_name", "evses[].connectors[].adhoc_offers"} <= own
    assert converted["operator"] == {"name": "Musterstrom", "website": "https://example.com"}


def test_undocumented_fields_are_left_out_and_named():
    body = {**location(), "colour": "green"}
    body["coordinates"]["altitude"] = 3
    converted, losses = said(body)
    assert "colour" not in converted
    assert "altitude" not in converted["coordinates"]
    assert {loss.path for loss in losses if loss.reason == "no field of OCPI: left out"} == {
        "colour",
        "coordinates.altitude",
    }


def test_employees_and_tenants_are_customers():
    converted, losses = said(changed(location(), "evses[0].parking_restrictions", ["EMPLOYEES", "TENANTS", "EV_ONLY"]))
    assert converted["evses"][0]["parking_restrictions"] == ["CUSTOMERS", "EV_ONLY"]
    assert Loss("evses[].parking_restrictions", "no such value before 2.3.0: said as CUSTOMERS", "TENANTS") in losses


def test_taxis_and_custom_restrictions_are_said_in_the_directions():
    converted, losses = said(changed(location(), "evses[0].parking_restrictions", ["TAXIS", "CLERGY"]))
    evse = converted["evses"][0]
    assert "parking_restrictions" not in evse
    text = "Next to the entrance Parking restriction: TAXIS. Parking restriction: CLERGY."
    assert evse["directions"] == [{"language": "en", "text": text}]
    assert {lost("evses[].parking_restrictions", value) for value in ("TAXIS", "CLERGY")} <= losses


@pytest.mark.parametrize(("vehicle", "restriction"), [("DISABLED", "DISABLED"), ("MOTORCYCLE", "MOTORCYCLES")])
def test_bays_for_one_kind_of_vehicle_become_a_restriction(vehicle, restriction):
    body = changed(location(), "parking_places[0].vehicle_types", [vehicle])
    assert restriction not in said(body)[0]["evses"][0]["parking_restrictions"]
    body["parking_places"][0]["restricted_to_type"] = True
    assert said(body)[0]["evses"][0]["parking_restrictions"] == ["EV_ONLY", "PLUGGED", restriction]


def test_j3400_is_said_as_tesla_s():
    converted, losses = said(changed(location(), f"{PLUG}.standard", "SAE_J3400"))
    assert converted["evses"][0]["connectors"][0]["standard"] == "TESLA_S"
    assert Loss("evses[].connectors[].standard", "no such value before 2.3.0: said as TESLA_S", "SAE_J3400") in losses


@pytest.mark.parametrize("standard", ["MCS", "WIRELESS"])
def test_a_connector_that_cannot_be_said_goes_and_an_evse_without_connector_too(standard):
    body = changed(location(), f"{PLUG}.standard", standard)
    converted, losses = said(body)
    assert [evse["uid"] for evse in converted["evses"]] == ["evse-2"]
    assert Loss("evses[].connectors[]", "no such value before 2.3.0: Connector left out", standard) in losses
    assert Loss("evses[]", "no connector that 2.2.1 can say: left out", "evse-1") in losses
    body["evses"][0]["connectors"].append(location()["evses"][1]["connectors"][0])
    assert len(said(body)[0]["evses"][0]["connectors"]) == 1


def test_custom_values_of_open_enums_are_left_out():
    body = location()
    body["evses"][0]["capabilities"].append("TELEPATHY")
    body["facilities"].append("CAR_WASH")
    body["parking_type"] = "HELIPAD"
    body["images"].append({"url": "https://example.com/3.png", "category": "NIGHT", "type": "png"})
    body["energy_mix"]["environ_impact"].append({"category": "NOISE", "amount": 1})
    converted, losses = said(body)
    assert "TELEPATHY" not in converted["evses"][0]["capabilities"]
    assert converted["facilities"] == ["SUPERMARKET", "WIFI"]
    assert "parking_type" not in converted
    assert [image["category"] for image in converted["images"]] == ["ENTRANCE"]
    assert [impact["category"] for impact in converted["energy_mix"]["environ_impact"]] == ["CARBON_DIOXIDE"]
    expected = {
        lost("evses[].capabilities", "TELEPATHY"),
        lost("facilities", "CAR_WASH"),
        lost("parking_type", "HELIPAD"),
        Loss("images[]", "no such value before 2.3.0: Image left out", "NIGHT"),
        Loss("energy_mix.environ_impact[]", "no such value before 2.3.0: EnvironmentalImpact left out", "NOISE"),
    }
    assert expected <= losses


@pytest.mark.parametrize("kind", ["EMAID", "FINGERPRINT"])
def test_new_token_types_are_other(kind):
    body = {**location(), "publish": False, "publish_allowed_to": [{"uid": "1", "type": kind}]}
    assert said(body)[0]["publish_allowed_to"] == [{"uid": "1", "type": "OTHER"}]


class TestTariff:
    def priced(self, basis, *, vat=None, price=1.19, country="DE"):
        component = {"type": "ENERGY", "price": price, "step_size": 1} | ({} if vat is None else {"vat": vat})
        return {
            "country_code": country,
            "party_id": "ABC",
            "id": "1",
            "currency": "EUR",
            "elements": [{"price_components": [component]}],
            "tax_included": basis,
        }

    def component(self, converted):
        return converted["elements"][0]["price_components"][0]

    def test_net_prices_stay(self):
        converted, losses = said(self.priced("NO", vat=19), Tariff)
        assert self.component(converted) == {"type": "ENERGY", "price": 1.19, "vat": 19, "step_size": 1}
        assert "tax_included" not in converted
        assert losses == set()

    def test_gross_prices_are_converted(self):
        converted, losses = said(self.priced("YES", vat=19), Tariff)
        assert self.component(converted)["price"] == 1
        assert losses == set()

    def test_a_conversion_that_is_not_exact_is_named(self):
        converted, losses = said(self.priced("YES", vat=19, price=0.59), Tariff)
        assert Decimal(str(self.component(converted)["price"])) == Decimal("0.4958")
        assert {loss.path for loss in losses} == {"elements[].price_components[].price"}

    def test_gross_prices_without_a_rate_say_so(self):
        converted, losses = said(self.priced("YES"), Tariff)
        assert self.component(converted)["price"] == 1.19
        assert converted["tariff_alt_text"] == [{"language": "en", "text": "Prices include taxes."}]
        assert Loss("tax_included", "no such field before 2.3.0: said in tariff_alt_text", "YES") in losses

    def test_north_american_prices_say_that_taxes_come_on_top(self):
        assert said(self.priced("NO", country="US"), Tariff)[0]["tariff_alt_text"][0]["text"] == "Plus taxes."
        assert "tariff_alt_text" not in said(self.priced("NO", country="DE"), Tariff)[0]

    def test_where_no_taxes_apply_there_is_no_rate(self):
        assert "vat" not in self.component(said(self.priced("N/A", vat=0), Tariff)[0])

    def test_a_free_tariff_says_nothing_of_taxes(self):
        assert "tariff_alt_text" not in said(self.priced("YES", price=0), Tariff)[0]

    def test_limits_are_renamed(self):
        converted, _ = said(tariff(), Tariff)
        assert converted["min_price"] == {"excl_vat": 0.84, "incl_vat": 1}
        assert converted["max_price"] == {"excl_vat": 42.0168, "incl_vat": 50}

    def test_prices_of_bookings_are_left_out_whole(self):
        body = changed(tariff(), "elements[0].restrictions", {"booking": "BOOKING"})
        converted, losses = said(body, Tariff)
        assert len(converted["elements"]) == 2
        assert Loss("elements[]", "no prices of bookings before 2.3.0: left out", "BOOKING") in losses

    def test_a_tariff_of_which_nothing_is_left_is_left_out(self):
        body = tariff()
        for element in body["elements"]:
            element["restrictions"] = {"booking": "BOOKING"}
        converted, losses = said(body, Tariff)
        assert converted is None
        assert Loss("elements", "nothing of the price can be said in 2.2.1: tariff left out") in losses

    def test_the_extension_is_left_out(self):
        converted, losses = said(tariff(), Tariff)
        own = {"preauthorize_amount", "plan", "occupancy", "source_tax_basis", "announced_at", "audience"}
        assert own.isdisjoint(converted)
        assert own <= {loss.path for loss in losses}


def test_what_2_2_1_can_say_is_left_as_it_is():
    body = changed(location(), "name", GONE)
    converted, _ = said(body)
    for name in ("id", "coordinates", "opening_times", "energy_mix", "time_zone", "last_updated", "state", "publish"):
        assert converted[name] == body[name]
    assert converted["evses"][0]["connectors"][0]["tariff_ids"] == ["adhoc", "contract"]
