"""The status of an EVSE by what its connectors, its charger and its transaction say: the rules one by one."""

from __future__ import annotations

import pytest

from app.model.batch import Origin
from app.sources.ocpp_status import Charger, Connector, Transaction, Verdict, newest, status_of, status_word

NOW = 100_000_000
ALIVE = Charger(heard_at=NOW - 1000)


def verdict(*words, charger=ALIVE, transaction=None, silent_after=60_000, **said):
    connectors = [Connector(word, NOW - 5000, **said) for word in words]
    return status_of(connectors, charger, transaction, NOW, silent_after=silent_after, words={})


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("Available", "AVAILABLE"),
        ("Preparing", "CHARGING"),
        ("SuspendedEVSE", "CHARGING"),
        ("Finishing", "CHARGING"),
        ("Occupied", "CHARGING"),
        ("OCPP16_SUSPENDED_EV", "CHARGING"),
        ("Reserved", "RESERVED"),
        ("Unavailable", "INOPERATIVE"),
        ("Faulted", "OUTOFORDER"),
        ("Hibernating", "UNKNOWN"),
    ],
)
def test_a_word_of_ocpp(word, status):
    assert verdict(word).status == status


def test_a_word_that_is_not_known_is_told():
    assert verdict("Hibernating").detail == {"text": "status 'Hibernating' is not known"}


def test_a_setting_says_what_a_word_means_here():
    assert status_word("Preparing", {"Preparing": "AVAILABLE"}) == "AVAILABLE"


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("Available", "Occupied"), "CHARGING"),
        (("Available", "Reserved"), "RESERVED"),
        (("Available", "Faulted"), "AVAILABLE"),
        (("Unavailable", "Faulted"), "OUTOFORDER"),
        (("Unavailable", "Unavailable"), "INOPERATIVE"),
        ((), "UNKNOWN"),
    ],
)
def test_several_connectors_of_one_evse(words, status):
    assert verdict(*words).status == status


def test_a_silent_charger_is_unknown_since_its_last_sign_of_life():
    found = verdict("Available", charger=Charger(heard_at=NOW - 60_001))
    assert found == Verdict("UNKNOWN", NOW - 60_001, Origin.BACKEND, reason="offline")
    assert verdict("Available", charger=Charger(heard_at=NOW - 60_000)).status == "AVAILABLE"
    assert verdict("Available", charger=Charger(heard_at=1), silent_after=None).status == "AVAILABLE"


def test_a_charger_that_is_not_connected_is_unknown_at_once():
    assert verdict("Available", charger=Charger(heard_at=NOW, online=False)).reason == "offline"
    assert verdict("Available", charger=Charger(online=True)).status == "AVAILABLE"
    assert verdict("Available", charger=Charger()).reason == "offline"


def test_a_charger_that_was_not_accepted_is_unknown():
    assert verdict("Available", charger=ALIVE._replace(accepted=False)).reason == "not_accepted"


@pytest.mark.parametrize(
    ("own", "transaction", "status"),
    [
        ("Faulted", None, "OUTOFORDER"),
        ("Faulted", Transaction(NOW - 9000, NOW), "OUTOFORDER"),
        ("Unavailable", None, "INOPERATIVE"),
        ("Unavailable", Transaction(NOW - 9000, NOW), "CHARGING"),
        ("Available", None, "RESERVED"),
    ],
)
def test_what_the_charger_says_of_itself_masks_its_evses_unless_it_is_available(own, transaction, status):
    charger = ALIVE._replace(own=Connector(own, NOW - 100))
    assert verdict("Reserved", charger=charger, transaction=transaction).status == status


@pytest.mark.parametrize("word", ["Available", "Preparing", "Unavailable", "Reserved"])
def test_an_open_transaction_is_in_use_whatever_the_connector_said_before(word):
    assert verdict(word, transaction=Transaction(NOW - 9000, NOW)).status == "CHARGING"


def test_a_faulted_connector_is_faulted_also_with_a_transaction():
    assert verdict("Faulted", transaction=Transaction(NOW - 9000, NOW)).status == "OUTOFORDER"


def test_a_transaction_that_its_connector_ended_does_not_count():
    assert verdict("Available", transaction=Transaction(NOW - 9000, NOW - 8000)).status == "AVAILABLE"


def test_a_transaction_without_events_for_a_day_does_not_count():
    assert verdict("Reserved", transaction=Transaction(1, NOW - 24 * 3600_000 - 1)).status == "RESERVED"


def test_an_idle_transaction_counts_while_something_is_plugged_in():
    idle = Transaction(NOW - 9000, NOW, "Idle")
    assert verdict("Occupied", transaction=idle).status == "CHARGING"
    assert verdict("Unavailable", transaction=idle).status == "INOPERATIVE"


def test_in_use_since_the_connector_said_so_or_else_since_the_transaction_began():
    transaction = Transaction(NOW - 9000, NOW)
    assert verdict("Charging", transaction=transaction).occurred_at == NOW - 5000
    assert verdict("Reserved", transaction=transaction).occurred_at == NOW - 9000


@pytest.mark.parametrize(
    ("word", "fault", "vendor", "detail"),
    [
        ("Faulted", "NoError", None, None),
        ("Faulted", "GroundFailure", "E12", {"fault_code": "GroundFailure", "vendor_code": "E12"}),
        ("Faulted", "OtherError", "CX008", {"fault_code": "OtherError", "mrec": "CX008", "vendor_code": "CX008"}),
        ("Available", "WeakSignal", None, {"fault_code": "WeakSignal"}),
        ("Charging", "EVCommunicationError", "E12", None),
        ("Available", "NoError", "0x0000", None),
    ],
)
def test_codes_are_kept_as_the_cause(word, fault, vendor, detail):
    assert verdict(word, fault_code=fault, vendor_code=vendor).detail == detail


def test_of_two_statuses_of_one_moment_the_one_in_use_counts():
    finishing, free = Connector("Finishing", NOW), Connector("Available", NOW)
    assert newest([free, finishing], {}) == finishing
    assert newest([finishing, free._replace(at=NOW + 1)], {}).word == "Available"
