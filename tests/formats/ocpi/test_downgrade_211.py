"""2.2.1 → 2.1.1, each row of the table (reference B.2)."""

from __future__ import annotations

import pytest

from app.clock import parse_time
from app.formats.base import Context
from app.formats.ocpi.downgrade import downgrade
from app.model.location import Location
from app.model.loss import Loss
from app.model.tariff import Tariff
from tests.objects import GONE, changed, location, tariff

PLUG = "evses[0].connectors[0]"
NOWHERE = Context(at=0, tariffs={})


def said(body, model=Location, context=NOWHERE):
    converted, losses = downgrade(body, model, "2.1.1", context)
    return converted, set(losses)


def connector(body, context=NOWHERE):
    converted, losses = said(body, context=context)
    return converted["evses"][0]["connectors"][0], losses


def test_the_owner_and_the_publish_flag_are_left_out_without_loss():
    converted, losses = said(location())
    assert {"country_code", "party_id", "publish"}.isdisjoint(converted)
    assert {"country_code", "party_id", "publish"}.isdisjoint({loss.path for loss in losses})


@pytest.mark.parametrize("hidden", [{"publish": False}, {"publish_allowed_to": [{"group_id": "G"}]}])
def test_a_location_that_is_not_public_is_not_said_at_all(hidden):
    converted, losses = said({**location(), **hidden})
    assert converted is None
    assert any(loss.path == "publish" and "location left out" in loss.reason for loss in losses)


def test_the_state_is_left_out():
    converted, losses = said(location())
    assert "state" not in converted
    assert Loss("state", "no such field before 2.2: left out") in losses


@pytest.mark.parametrize(
    ("parking_type", "said_as"),
    [
        ("ON_STREET", "ON_STREET"),
        ("PARKING_LOT", "PARKING_LOT"),
        ("ALONG_MOTORWAY", "OTHER"),
        ("ON_DRIVEWAY", "OTHER"),
        ("HELIPAD", "OTHER"),
        (GONE, "UNKNOWN"),
    ],
)
def test_the_parking_type_is_a_location_type(parking_type, said_as):
    converted, _ = said(changed(location(), "parking_type", parking_type))
    assert converted["type"] == said_as
    assert "parking_type" not in converted


def test_a_missing_postal_code_gets_the_placeholder():
    converted, losses = said(changed(location(), "postal_code", GONE))
    assert converted["postal_code"] == "#NA"
    assert "postal_code" in {loss.path for loss in losses}


def test_a_long_address_is_cut_at_a_word():
    converted, losses = said(changed(location(), "address", "Strasse der Deutsch-Franzoesischen Freundschaft 128"))
    assert converted["address"] == "Strasse der Deutsch-Franzoesischen"
    assert "address" in {loss.path for loss in losses}
    assert said(changed(location(), "address", "x" * 60))[0]["address"] == "x" * 45


def test_only_the_capabilities_and_facilities_of_2_1_1_are_said():
    body = location()
    body["evses"][0]["capabilities"] = ["RFID_READER", "PED_TERMINAL", "UNLOCK_CAPABLE"]
    body["facilities"] = ["WIFI", "BIKE_SHARING", "PARKING_LOT", "TRAM_STOP", "METRO_STATION"]
    converted, losses = said(body)
    assert converted["evses"][0]["capabilities"] == ["RFID_READER", "UNLOCK_CAPABLE"]
    assert converted["facilities"] == ["WIFI"]
    assert Loss("evses[].capabilities", "no such value before 2.2: left out", "PED_TERMINAL") in losses


def test_voltage_and_amperage_have_their_old_names():
    plug = said(location())[0]["evses"][1]["connectors"][0]
    assert (plug["voltage"], plug["amperage"]) == (230, 32)
    assert {"max_voltage", "max_amperage"}.isdisjoint(plug)


def test_the_amperage_of_dc_gives_the_power_that_2_1_1_cannot_say():
    plug, losses = connector(location())
    assert (plug["voltage"], plug["amperage"]) == (1000, 150)
    assert "max_electric_power" not in plug
    assert Loss("evses[].connectors[].max_amperage", "lowered so that V x A gives the power", "500") in losses


def test_two_phases_are_said_as_one():
    plug, losses = connector(changed(location(), f"{PLUG}.power_type", "AC_2_PHASE"))
    assert plug["power_type"] == "AC_1_PHASE"
    assert (
        Loss("evses[].connectors[].power_type", "no such value before 2.2: said as AC_1_PHASE", "AC_2_PHASE") in losses
    )
    plug, _ = connector(changed(location(), f"{PLUG}.power_type", "AC_2_PHASE_SPLIT"))
    assert (plug["power_type"], plug["voltage"]) == ("AC_1_PHASE", 240)


@pytest.mark.parametrize("standard", ["CHAOJI", "DOMESTIC_M", "GBT_DC", "NEMA_14_50", "PANTOGRAPH_TOP_DOWN"])
def test_a_connector_that_2_1_1_does_not_know_goes(standard):
    converted, losses = said(changed(location(), f"{PLUG}.standard", standard))
    assert [evse["uid"] for evse in converted["evses"]] == ["evse-2"]
    assert Loss("evses[]", "no connector that 2.1.1 can say: left out", "evse-1") in losses


class TestOneTariff:
    NOON = parse_time("2026-06-01T12:00:00Z")

    def chosen(self, *tariffs, ids=None):
        known = {entry["id"]: entry for entry in tariffs}
        body = changed(location(), f"{PLUG}.tariff_ids", ids or list(known))
        return connector(body, Context(at=self.NOON, tariffs=known))[0].get("tariff_id")

    def test_the_ad_hoc_tariff_comes_before_the_untyped_and_the_regular_one(self):
        regular = {"id": "r", "type": "REGULAR"}
        untyped = {"id": "u"}
        ad_hoc = {"id": "a", "type": "AD_HOC_PAYMENT"}
        cheap = {"id": "c", "type": "PROFILE_CHEAP"}
        assert self.chosen(cheap, regular, untyped, ad_hoc) == "a"
        assert self.chosen(cheap, regular, untyped) == "u"
        assert self.chosen(cheap, regular) == "r"
        assert self.chosen(cheap) == "c"

    def test_only_a_tariff_that_holds_now_is_chosen(self):
        past = {"id": "past", "type": "AD_HOC_PAYMENT", "end_date_time": "2026-06-01T12:00:00.000Z"}
        now = {"id": "now", "type": "AD_HOC_PAYMENT", "start_date_time": "2026-06-01T12:00:00.000Z"}
        later = {"id": "later", "type": "AD_HOC_PAYMENT", "start_date_time": "2026-06-01T12:00:00.001Z"}
        assert self.chosen(past, later, now) == "now"
        assert self.chosen(past, later) is None

    def test_an_unknown_tariff_counts_as_one_that_holds_but_comes_last(self):
        assert self.chosen(ids=["x", "y"]) == "x"
        assert self.chosen({"id": "c", "type": "PROFILE_CHEAP"}, ids=["x", "c"]) == "c"

    def test_the_others_are_named(self):
        _, losses = connector(location())
        assert (
            Loss("evses[].connectors[].tariff_ids", "one tariff per connector before 2.2: left out", "contract")
            in losses
        )

    def test_a_connector_without_tariff_has_none(self):
        assert "tariff_id" not in connector(changed(location(), f"{PLUG}.tariff_ids", GONE))[0]


def test_the_impact_has_a_source():
    converted, _ = said(location())
    assert converted["energy_mix"]["environ_impact"] == [{"source": "CARBON_DIOXIDE", "amount": 0.0006}]


def test_times_have_whole_seconds():
    body = changed(location(), "last_updated", "2026-11-01T10:00:00.999Z")
    converted, _ = said(body)
    assert converted["last_updated"] == "2026-11-01T10:00:00Z"
    assert converted["evses"][0]["last_updated"] == "2026-11-01T10:00:00Z"
    assert converted["evses"][0]["status_schedule"][0]["period_begin"] == "2026-12-24T12:00:00Z"
    assert converted["opening_times"]["exceptional_closings"][0]["period_end"] == "2026-12-26T00:00:00Z"


def test_a_change_by_time_alone_counts_as_an_update():
    boundary = Context(at=0, tariffs={}, boundary_at=parse_time("2026-12-01T00:00:00.500Z"))
    assert said(location(), context=boundary)[0]["last_updated"] == "2026-12-01T00:00:00Z"
    earlier = Context(at=0, tariffs={}, boundary_at=parse_time("2026-01-01T00:00:00Z"))
    assert said(location(), context=earlier)[0]["last_updated"] == "2026-11-01T10:00:00Z"


class TestTariff:
    def test_type_limits_and_validity_are_left_out_and_the_limits_told(self):
        converted, losses = said(tariff(), Tariff)
        gone = {"type", "min_price", "max_price", "start_date_time", "end_date_time"}
        assert gone.isdisjoint(converted)
        assert gone <= {loss.path for loss in losses}
        (text,) = converted["tariff_alt_text"]
        assert "Minimum price 1 EUR with VAT. Maximum price 50 EUR with VAT." in text["text"]

    def test_a_limit_without_taxes_says_so(self):
        converted, _ = said(changed(tariff(), "min_price", {"before_taxes": 0.5}), Tariff)
        assert "Minimum price 0.5 EUR without VAT." in converted["tariff_alt_text"][0]["text"]

    def test_the_rate_of_vat_is_told(self):
        converted, losses = said(tariff(), Tariff)
        assert "Plus 19 % VAT." in converted["tariff_alt_text"][0]["text"]
        assert all("vat" not in part for element in converted["elements"] for part in element["price_components"])
        assert "elements[].price_components[].vat" in {loss.path for loss in losses}
        body = changed(tariff(), "elements[2].price_components[0].vat", 7)
        assert "Plus VAT: ENERGY 19 %, PARKING_TIME 7 %." in said(body, Tariff)[0]["tariff_alt_text"][0]["text"]

    def test_prices_of_reservations_are_left_out_whole(self):
        body = tariff()
        body["elements"].insert(
            0,
            {
                "price_components": [{"type": "FLAT", "price": 2, "vat": 99, "step_size": 1}],
                "restrictions": {"reservation": "RESERVATION"},
            },
        )
        converted, losses = said(body, Tariff)
        assert len(converted["elements"]) == 3
        assert Loss("elements[]", "no prices of reservations before 2.2: left out", "RESERVATION") in losses
        assert "99" not in converted["tariff_alt_text"][0]["text"]

    def test_of_prices_by_current_the_dearest_comes_first(self):
        def by_current(price, **restrictions):
            return {
                "price_components": [{"type": "TIME", "price": price, "step_size": 1}],
                "restrictions": restrictions,
            }

        body = changed(
            tariff(),
            "elements",
            [by_current(1, max_current=32), by_current(2, min_current=32, day_of_week=["MONDAY"]), by_current(9)],
        )
        converted, losses = said(body, Tariff)
        assert [element["price_components"][0]["price"] for element in converted["elements"]] == [
            pytest.approx(2, abs=0),
            1,
            9,
        ]
        assert [element.get("restrictions") for element in converted["elements"]] == [
            {"day_of_week": ["MONDAY"]},
            None,
            None,
        ]
        assert {"elements[].restrictions.min_current", "elements[].restrictions.max_current"} <= {
            loss.path for loss in losses
        }
        assert "depends on the charging current" in converted["tariff_alt_text"][0]["text"]

    @pytest.mark.parametrize(
        ("window", "windows"),
        [
            ({"start_time": "20:00", "end_time": "06:00"}, [("20:00", None), ("00:00", "06:00")]),
            ({"start_time": "20:00", "end_time": "00:00"}, [("20:00", None)]),
            ({"end_time": "00:00"}, [(None, None)]),
            ({"start_time": "08:00", "end_time": "20:00"}, [("08:00", "20:00")]),
        ],
    )
    def test_windows_across_midnight_are_split(self, window, windows):
        body = changed(tariff(), "elements", [{**tariff()["elements"][1], "restrictions": window}])
        converted, _ = said(body, Tariff)
        found = [element.get("restrictions", {}) for element in converted["elements"]]
        assert [(part.get("start_time"), part.get("end_time")) for part in found] == windows

    def test_gross_prices_become_net(self):
        converted, _ = said(tariff(), Tariff)
        assert converted["elements"][0]["price_components"][0]["price"] == 0.4958
