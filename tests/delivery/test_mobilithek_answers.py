"""What Mobilithek's answers mean."""

from __future__ import annotations

import json

import pytest

from app.delivery.mobilithek.answers import hold
from app.errors import DeliveryError, DestinationRefused
from app.http.exchange import Answer
from tests.shared import ROOT

ANSWERS = json.loads((ROOT / "tests/data/delivery/mobilithek/answers.json").read_text())


@pytest.mark.parametrize("case", ANSWERS, ids=[case["what"] for case in ANSWERS])
def test_an_answer_means(case):
    headers = {"Location": case["location"]} if "location" in case else {}
    answer = Answer("https://x.example/", case["status"], "", headers, case["body"].encode())
    if case["means"] is None:
        hold(answer, "here")
        return
    with pytest.raises(DeliveryError) as raised:
        hold(answer, "here")
    assert case["means"] in str(raised.value)
    assert isinstance(raised.value, DestinationRefused) is case.get("refused", False)
