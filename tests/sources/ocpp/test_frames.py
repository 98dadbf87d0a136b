"""Frames as charge points write them, and what of them is written down."""

from __future__ import annotations

import json

import pytest

from app.sources.ocpp.frames import Frame, Malformed, masked, read
from tests.shared import ROOT

DATA = json.loads((ROOT / "tests" / "data" / "ocpp" / "frames.json").read_text())


@pytest.mark.parametrize(("text", "wanted"), DATA["read"])
def test_a_frame_is_read_or_said_to_be_malformed(text: str, wanted: str | None) -> None:
    found = read(text)
    if isinstance(found, Frame):
        assert f"{found.type.name} {found.id} {found.action}" == wanted
    else:
        assert (found and found.what) == wanted


def test_a_broken_answer_is_never_answered() -> None:
    found = read('[3,"1"]')
    assert isinstance(found, Malformed)
    assert not found.asks


@pytest.mark.parametrize(("text", "secret"), DATA["masked"])
def test_what_leads_to_a_person_or_opens_a_door_is_not_written_down(text: str, secret: str) -> None:
    assert secret not in masked(text)


def test_readings_and_statuses_are_written_down_as_they_are() -> None:
    text = '[2,"1","MeterValues",{"meterValue":[{"sampledValue":[{"value":"1234.5"},{"value":"x","format":"Raw"}]}]}]'
    assert masked(text) == text
    status = '[2,"1","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Available"}]'
    assert masked(status) == status
