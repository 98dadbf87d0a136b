"""Whatever canonical object is valid can be said in every version, and what is said is valid there."""

from __future__ import annotations

import copy

import orjson
import pytest
from hypothesis import HealthCheck, given, settings

from app.formats.base import Context, formats
from app.formats.ocpi.parse import read_location, read_tariff, salvage_location, salvage_tariff
from app.formats.ocpi.versions import VERSIONS
from app.model.canonical import full_body
from tests.generated import LOCATIONS, TARIFFS

OWNER = {"country_code": "DE", "party_id": "ABC"}
NOWHERE = Context(at=0, tariffs={})
# What the reader says of texts and numbers that are odd, but were so before.
ODD = (
    "currency",
    "evse_id",
    "energy_mix",
    "address",
    "state",
    "coordinates",
    "step_size",
    "max_electric_power",
    "status",
)
big = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much])


def bad(problems):
    return [
        problem
        for problem in problems
        if not problem.path.endswith("last_updated") and not any(part in problem.path for part in ODD)
    ]


@big
@given(LOCATIONS)
def test_the_strategy_makes_valid_canonical_locations(body):
    read = salvage_location(body, "2.3.0", country_code=None, party_id=None)
    assert read.problems == ()
    assert full_body(read.model) == body


@big
@given(TARIFFS)
def test_the_strategy_makes_valid_canonical_tariffs(body):
    read = salvage_tariff(body, "2.3.0", country_code=None, party_id=None)
    assert read.problems == ()
    assert full_body(read.model) == body


@pytest.mark.parametrize("version", VERSIONS)
@big
@given(body=LOCATIONS)
def test_a_location_is_said_and_read_again_without_a_defect(version, body):
    before = copy.deepcopy(body)
    rendered = formats()[f"ocpi-{version}"].location(body, NOWHERE)
    assert body == before
    parsed = read_location(orjson.loads(rendered.body), version, **OWNER)
    assert bad(parsed.problems) == []
    uids = {evse["uid"] for evse in body.get("evses", ())}
    left_out = {loss.value for loss in rendered.losses if loss.path == "evses[]"}
    assert {evse["uid"] for evse in parsed.record.body.get("evses", ())} == uids - left_out


@pytest.mark.parametrize("version", VERSIONS)
@big
@given(body=TARIFFS)
def test_a_tariff_is_said_and_read_again_without_a_defect(version, body):
    rendered = formats()[f"ocpi-{version}"].tariff(body, NOWHERE)
    parsed = read_tariff(orjson.loads(rendered.body), version, **OWNER)
    assert bad(parsed.problems) == []
    assert parsed.record.id == body["id"]


@big
@given(body=LOCATIONS)
def test_2_3_0_says_everything_without_loss(body):
    rendered = formats()["ocpi-2.3.0"].location(body, NOWHERE)
    assert rendered.losses == ()
    assert orjson.loads(rendered.body) == body
