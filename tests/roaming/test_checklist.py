"""The sender's checklist (`config/ocpi-checklist.csv`), row by row, against our interface for partners on a real server.

What can be seen by reading is a check of `app.checklist`, run here for each version. Where a row asks for more, ELSEWHERE names
the test that proves it; NOT_OURS says why a row asks nothing of us.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

import pytest

from app.checklist.rows import CHECKS, Outcome, result, rows
from app.checklist.subject import Asker, Subject, subjects
from app.formats.ocpi.versions import VERSIONS
from tests.ocpi_partner import Partner
from tests.roaming.conftest import Platform, registered_as
from tests.shared import ROOT

HANDSHAKE = "tests/roaming/test_handshake.py::"
BEGIN = "tests/roaming/test_initiating.py::"
PUSH = "tests/roaming/test_push.py::"
FIXED = "tests/delivery/test_ocpi_push.py::"
FEED = "tests/web/test_conformance.py::"

ELSEWHERE = {
    15: HANDSHAKE + "test_a_token_to_register_with_is_good_for_nothing_else",
    16: HANDSHAKE + "test_a_token_to_register_with_is_good_for_nothing_else",
    17: HANDSHAKE + "test_wrong_states_are_405",
    18: HANDSHAKE + "test_wrong_states_are_405",
    19: HANDSHAKE + "test_wrong_states_are_405",
    20: HANDSHAKE + "test_a_partner_registers_and_its_versions_are_read_before_it_is_answered",
    21: HANDSHAKE + "test_the_new_token_is_new_printable_and_the_old_one_is_dead",
    22: HANDSHAKE + "test_the_new_token_is_new_printable_and_the_old_one_is_dead",
    23: HANDSHAKE + "test_put_reads_the_endpoints_again_and_switches_the_version",
    24: HANDSHAKE + "test_a_call_back_that_fails_is_3001_and_nothing_is_registered",
    25: BEGIN + "test_an_endpoint_that_is_missing_keeps_us_from_posting",
    26: HANDSHAKE + "test_the_new_token_is_new_printable_and_the_old_one_is_dead",
    27: HANDSHAKE + "test_every_owner_of_what_it_sees_is_among_our_roles",
    29: PUSH + "test_after_it_has_unregistered_nothing_is_sent",
    30: "tests/test_partner_cli.py::test_tokens_that_are_older_than_a_month_are_told",
    35: HANDSHAKE + "test_a_body_that_is_no_json_is_http_400_and_a_huge_one_413",
    39: BEGIN + "test_we_register_by_the_newest_version_that_both_know",
    42: BEGIN + "test_each_request_has_fresh_ids_and_no_routing",
    45: HANDSHAKE + "test_unknown_fields_are_let_be",
    64: FEED + "test_c11_064_a_pull_without_news_moves_no_stamp",
    70: FEED + "test_c11_070_a_withdrawn_evse_is_removed_not_absent",
    93: "tests/registry/test_timer.py::test_a_scheduled_status_begins_and_ends",
    98: FEED + "test_c11_098_older_prices_are_without_tax",
    99: FEED + "test_c11_099_a_free_tariff_is_one_flat_zero",
    107: FEED + "test_c11_107_tariffs_cannot_be_patched",
    108: FIXED + "test_a_tariff_is_deleted_when_no_location_names_it_any_more",
    110: FIXED + "test_all_that_is_public_is_brought_there_once",
    111: FIXED + "test_a_status_is_patched_and_nothing_else_is_sent",
    112: FIXED + "test_in_2_3_0_what_a_status_brings_with_it_comes_and_goes",
    113: FIXED + "test_ids_are_written_into_the_path_so_that_they_come_out_the_same",
    114: FIXED + "test_what_the_receiver_has_lost_is_put_whole",
    115: PUSH + "test_a_partner_that_is_down_is_sent_the_present_state_once_and_nothing_stale",
    116: FEED + "test_c11_116_locations_can_only_be_read",
    117: PUSH + "test_a_hub_is_addressed_itself_and_the_owner_stays_in_the_path",
    120: "tests/delivery/test_engine.py::test_never_two_requests_about_one_object_and_none_out_of_order",
}

MODELLING = "how a site is modelled is decided where the data comes from; it is passed on"
NOT_OURS = {
    28: "we are no hub",
    68: MODELLING,
    **dict.fromkeys((74, 75, 76, 87, 91, 92, 94, 95, 100, 101), MODELLING),
    118: "open routing asks a hub who is to be asked; we address the hub, or the partner",
    119: "of HubClientInfo; a partner that is blocked or has left is sent nothing (test_a_blocked_partner_is_sent_nothing)",
}

NOTHING_TO_SEE = {
    31: "on the machine itself there is no TLS; it ends at the proxy in front (deploy)",
}
KNOWN = {105: "the price plan of the demo and its odd tariffs have steps of a minute; they are passed on"}


@pytest.fixture(scope="module")
def endpoint(platform: Platform) -> Iterator[dict[str, Subject]]:
    """By version: 2.1.1 for a partner with one party, later ones for a partner with terms of its own."""
    with Partner() as old, Partner() as new:
        tokens = [registered_as(platform, old, "old").theirs, registered_as(platform, new, "contract").theirs]
        found = [subjects(Asker(token), f"{platform.url}/ocpi/versions") for token in tokens]
        yield {subject.version: subject for subject in chain.from_iterable(found)}


CASES = [(number, version) for number in sorted(CHECKS) for version in VERSIONS if version in rows()[number].versions]


@pytest.mark.parametrize(
    ("number", "version"),
    CASES,
    ids=[f"c11_{number:03}_{CHECKS[number].__name__}-{version}" for number, version in CASES],
)
def test_row(endpoint: dict[str, Subject], number: int, version: str):
    found = result(rows()[number], endpoint[version])
    if number in NOTHING_TO_SEE:
        assert found.outcome is Outcome.NOT_APPLICABLE
    elif number not in KNOWN:
        assert found.outcome is not Outcome.FAIL, found.examples
        assert found.outcome is Outcome.PASS or version == "2.1.1", found.examples


def test_every_row_is_checked_here_or_proved_elsewhere_or_has_a_reason():
    assert CHECKS.keys() | ELSEWHERE.keys() | NOT_OURS.keys() == rows().keys() == set(range(1, 128))
    assert not NOT_OURS.keys() & (CHECKS.keys() | ELSEWHERE.keys())


@pytest.mark.parametrize("number", sorted(ELSEWHERE))
def test_proof(number: int):
    """It is there; where it stands, it runs."""
    file, _, name = ELSEWHERE[number].partition("::")
    assert re.search(rf"^def {name}\(", (ROOT / file).read_text(), re.MULTILINE), ELSEWHERE[number]
