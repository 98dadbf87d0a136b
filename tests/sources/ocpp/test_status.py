"""The status of an EVSE by all that is known of its charge point: the rules of mapping, each with a case."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import TypeAdapter

from app.model.status import Status
from app.sources.ocpp.status import Decision, Rules, Station, decide
from tests.shared import ROOT

CASES = json.loads((ROOT / "tests" / "data" / "ocpp" / "statuses.json").read_text())
STATION, RULES = TypeAdapter(Station), TypeAdapter(Rules)


@pytest.mark.parametrize("case", CASES, ids=[case["rule"] for case in CASES])
def test_the_first_rule_that_matches_decides(case: dict[str, Any]) -> None:
    station, rules = STATION.validate_python(case["station"]), RULES.validate_python(case["rules"])
    found = decide(station, case["evse"], rules, case["now"])
    assert found == Decision(Status(case["status"]), case["detail"])


def test_what_is_known_survives_being_written_down() -> None:
    for case in CASES:
        station = STATION.validate_python(case["station"])
        assert STATION.validate_json(STATION.dump_json(station)) == station
