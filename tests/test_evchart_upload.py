"""What is sent to EV-ChART, and what is said where it does not get there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.errors import DeliveryError
from app.evchart_upload import Account, EvChart, Outcome
from tests.evchart_server import EMAIL, KEY, RECIPIENT, Federal

BODY = b"station_id,network_provider\nUS-1,example_net\n"


@pytest.fixture(scope="module")
def server() -> Iterator[Federal]:
    with Federal() as federal:
        yield federal


@pytest.fixture
def federal(server: Federal) -> Federal:
    """The same server, as new."""
    server.key, server.looks, server.verdict = KEY, 1, "Draft"
    server.misbehave()
    for part in (server.lines, server.seen_by_storage):
        part.clear()
    server.uploads.clear()
    return server


def client(federal: Federal, **changes: str) -> EvChart:
    slept = [0.0]

    def sleep(seconds: float) -> None:
        slept[0] += seconds

    account = replace(Account(federal.url, KEY, EMAIL, RECIPIENT), **changes)
    return EvChart(account, sleep, lambda: slept[0])


def test_a_file_is_announced_put_and_watched_until_it_was_looked_at(federal: Federal) -> None:
    assert client(federal).send(2, 2026, 3, BODY) == Outcome("upload-1", "Draft")
    assert federal.lines == [
        "POST /s2s/import 200",
        "PUT /storage/upload-1 200",
        "GET /s2s/module/details 200",
        "GET /s2s/module/details 200",
    ]
    upload = federal.uploads["upload-1"]
    assert (upload["module_id"], upload["year"], upload["quarter"], upload["body"]) == ("2", "2026", "3", BODY)


def test_the_storage_gets_the_headers_that_are_meant_for_it_and_never_the_key(federal: Federal) -> None:
    client(federal).send(2, 2026, 3, BODY)
    (headers,) = federal.seen_by_storage
    assert headers["x-amz-meta-s2s_upload"] == "True"
    assert "x-api-key" not in headers
    assert "authorization" not in headers


def test_a_module_of_a_year_has_no_quarter(federal: Federal) -> None:
    assert client(federal).send(5, 2026, None, BODY).taken
    assert "quarter" not in federal.uploads["upload-1"]


@pytest.mark.parametrize(("status", "taken"), [("Pending Approval", True), ("Approved", True), ("Error", False)])
def test_what_became_of_it_is_told(federal: Federal, status: str, taken: bool) -> None:
    federal.verdict = status
    assert client(federal).send(2, 2026, 3, BODY).taken is taken


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"key": "old"}, r"HTTP 403 .*API key expired.*keys last 90 days"),
        (
            {"email": "who@example.org"},
            r"HTTP 406 .*email who@example\.org not in org.*`evchart\.email` is an active user",
        ),
        ({"recipient": "7"}, r"HTTP 406 .*invalid direct_recipient_id of 7"),
    ],
)
def test_what_is_refused_is_said_with_what_to_do(federal: Federal, changes: dict[str, str], said: str) -> None:
    with pytest.raises(DeliveryError, match=said):
        client(federal, **changes).send(2, 2026, 3, BODY)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (
            "storage",
            r"PUT http://127\.0\.0\.1:\d+/storage/upload-1\?X-Amz-Signature=…: the file was not taken: HTTP 403",
        ),
        ("html", "answered with no JSON object. Check `evchart.url`"),
        ("redirect", "HTTP 302"),
        ("elsewhere", "is told to put the file where it is not safe"),
        ("empty", "answered without `upload_id` and `presigned_url`"),
    ],
)
def test_each_way_to_fail_is_told_apart(federal: Federal, fault: str, said: str) -> None:
    federal.misbehave(fault)
    with pytest.raises(DeliveryError, match=said):
        client(federal).send(2, 2026, 3, BODY)


def test_an_upload_that_is_never_done_is_not_waited_for_for_ever(federal: Federal) -> None:
    federal.looks = 1000
    with pytest.raises(DeliveryError, match=r"upload-1 is still being looked at after 900 s\. Look it up"):
        client(federal).send(2, 2026, 3, BODY)


def test_a_server_that_is_not_there_is_said() -> None:
    nowhere = Account("http://127.0.0.1:9", KEY, EMAIL, RECIPIENT)
    with pytest.raises(DeliveryError, match=r"POST http://127\.0\.0\.1:9/s2s/import: no connection"):
        EvChart(nowhere).send(2, 2026, 3, BODY)
