"""Whatever a payload holds, its reader says something of it or nothing, and there is an answer."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.sources.ocpp import events
from app.sources.ocpp.answers import RESULTS, Answers
from app.sources.ocpp.charge_point import ChargePoint
from app.sources.ocpp.frames import Frame, Type
from app.sources.ocpp.places import Places
from app.sources.ocpp.status import Rules

NAMES = sorted(set(re.findall(r'"([a-z][a-zA-Z]+)"', Path(events.__file__).read_text())))
"""Every field that is looked at."""
ACTIONS = [*sorted({action for _, action in events._READERS}), "BootNotification", "Authorize", "DataTransfer"]
leaves = (
    st.none() | st.booleans() | st.integers(-1, 5) | st.floats() | st.sampled_from(["", "Faulted", "1e9999", "Started"])
)
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4)
)


@pytest.mark.parametrize("version", RESULTS)
@settings(max_examples=60, deadline=None)
@given(action=st.sampled_from(ACTIONS), payload=st.dictionaries(st.sampled_from(NAMES), values))
def test_no_payload_is_too_odd(version: str, action: str, payload: dict[str, object]) -> None:
    frame = Frame(Type.CALL, "1", action, payload)
    point = ChargePoint("CP1", "hardware", Places({"CP1": {1: "E1"}}), Rules())
    point.connected(1_800_000_000_000)
    point.from_charge_point(version, frame, 1_800_000_000_000)
    answer = Answers(version, accept=True, heartbeat_s=60).to(frame, 1_800_000_000_000)
    assert answer is not None
    assert json.loads(answer)[1] == "1"
    point.to_charge_point(Frame(Type.RESULT, "1", "", payload), 1_800_000_000_000)
    list(point.current(1_800_000_000_000))
