"""Module 2: which sessions are filed, and what is said of the others."""

from __future__ import annotations

from decimal import Decimal

from app.filing.evchart.doubts import Doubts
from app.filing.evchart.sessions import Words, session_rows
from app.formats.evchart.writing import Values
from tests.filing.evchart.material import places, sessions

WORDS = Words("none", {"DirectPayment": "credit_card"}, "unknown")


def filed(words: Words = WORDS) -> tuple[list[Values], Doubts]:
    doubts = Doubts()
    rows = list(session_rows(sessions(), places(), lambda name: name == "P3", words, doubts))
    return rows, doubts


def test_a_session_is_a_row_in_federal_words() -> None:
    (first, failed, *_), _ = filed()
    assert first["station_id"] == "US-1"
    assert first["network_provider"] == "example_net"
    assert (first["port_id"], first["charger_id"], first["connector_id"]) == ("P1", "C1", "1")
    assert (first["session_error"], first["payment_method"]) == ("none", "credit_card")
    assert (first["energy_kwh"], first["power_kw"]) == (Decimal("31.5"), Decimal("148.2"))
    assert (failed["session_error"], failed["payment_method"]) == ("CX001; E17", "unknown")


def test_what_cannot_be_filed_is_left_out_and_named() -> None:
    rows, doubts = filed()
    named = [row["session_id"] for row in rows if row.get("session_id")]
    assert named == ["sound", "failed", "by-id", "long", "overlap", "an id of more than 36 characters in all"]
    said = {doubt.what: doubt.examples[0].split()[1] for doubt in doubts if not doubt.kept}
    assert said == {
        "sessions that end before they begin": "backwards",
        "sessions with more energy than the port can give in their time": "impossible",
        "sessions without session_end: a row must be whole": "endless",
        "sessions without energy_kwh: a row must be whole": "dark",
        "sessions without power_kw: a row must be whole": "dark",
        "sessions of an EVSE that no inventory has": "nowhere",
    }


def test_what_the_dashboard_leaves_out_is_filed_and_named() -> None:
    _, doubts = filed()
    said = {doubt.what: doubt.examples[0].split() for doubt in doubts if doubt.kept}
    assert {what: example[1] for what, example in said.items() if len(example) > 1} == {
        "sessions of more than a day: the federal dashboard leaves them out": "long",
        "two sessions at once on one port": "overlap",
    }


def test_a_station_without_any_session_is_named_since_they_may_just_not_be_known() -> None:
    _, doubts = filed()
    (found,) = [doubt for doubt in doubts if doubt.what.startswith("stations without any session")]
    assert (found.examples, found.kept) == (["US-2"], True)


def test_a_port_without_a_session_has_a_row_that_says_so() -> None:
    rows, _ = filed()
    assert rows[-2:] == [
        {"station_id": "US-1", "network_provider": "example_net", "port_id": "P2"},
        {"station_id": "US-2", "network_provider": "other_net", "port_id": "P1"},
    ]


def test_words_that_nobody_gave_are_not_made_up() -> None:
    rows, doubts = filed(Words())
    assert [row["port_id"] for row in rows if row["station_id"] == "US-1"] == ["P2"], "P1 had some, so it has no row"
    counts = {doubt.what: (doubt.count, doubt.remedy) for doubt in doubts}
    remedy = "Set `evchart.no_error` as the federal Data Input Template has it"
    assert counts["sessions without session_error: a row must be whole"] == (9, remedy)
    assert counts["sessions without payment_method: a row must be whole"][0] == 9
