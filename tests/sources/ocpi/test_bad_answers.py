"""What backends answer instead of what was asked for: each ends in an error that says what, where and what to do."""

import re
import time

import pytest

from app.errors import SourceAnswerError, SourceUnreachable
from app.model.batch import Kind
from tests.sources.pulled import pull

LIST = "source backend, {base}/2.2.1/locations?limit=100"


@pytest.mark.parametrize(
    ("defect", "says"),
    [
        (
            "truncated",
            r"not JSON: .*; \d+ bytes, the last are '.*'\. If it ends in the middle, the backend or a proxy cut it",
        ),
        ("broken-off", r"the answer broke off \(.*\d+ bytes read, \d+ more expected.*\)"),
        ("html", r"answered with an HTML page instead of JSON\. Is a log-in or a proxy in the way\?"),
        (
            "3001",
            r"status_code 3001: cannot use the client's API\. 2xxx: check version, .* 3xxx: ask the backend's operator",
        ),
        ("no-envelope", r"no OCPI envelope with `data` and `status_code` but an object\. Check that the URL is"),
        ("data-is-an-object", r"`data` is an object, not a list\. Check that the URL is the list"),
        ("no-data", r"`data` is missing"),
        ("empty", r"the answer is empty"),
        ("404", r"HTTP 404 Not Found\. Check the URL"),
        ("500", r"HTTP 500 Internal Server Error\. The backend has to recover"),
        ("busy-for-an-hour", r"HTTP 429 Too Many Requests\. It asks to wait 3600 s; ask it less often"),
        ("not-gzip", r"the answer is not compressed as its Content-Encoding says"),
        ("round-and-round", r"redirects more than 5 times\. Check the URL"),
    ],
)
def test_says_what_where_and_what_to_do(sender, source, defect, says):
    sender.misbehave(defect)
    with pytest.raises(SourceAnswerError) as raised:
        pull(source(retries=0))
    assert re.match(re.escape(LIST.format(base=sender.base)) + ": " + says, str(raised.value)), str(raised.value)


@pytest.mark.parametrize("defect", ["two-gigabytes", "two-gigabytes-unannounced", "bomb"])
def test_two_gigabytes_are_refused_early(sender, source, defect):
    sender.misbehave(defect)
    with pytest.raises(
        SourceAnswerError, match=r"locations\?limit=100: the answer is larger than 50000000 bytes\. Raise `max_body`"
    ):
        pull(source(max_body=50_000_000))


@pytest.mark.parametrize("defect", ["drip", "drip-headers", "hang"])
def test_one_byte_a_second_is_cut_off(sender, source, defect):
    sender.misbehave(defect)
    began = time.monotonic()
    with pytest.raises(SourceUnreachable, match=r"no whole answer within 1\.5 s\. Raise `timeout`"):
        pull(source(timeout=1.5, retries=0))
    assert time.monotonic() - began < 30, "it would take an hour"


def test_nobody_there(source):
    with pytest.raises(
        SourceUnreachable, match=r"/versions: no connection \(.*refused.*\)\. Check host, port and network"
    ):
        pull(source(url="http://127.0.0.1:9/versions"))


def test_a_500_in_the_middle_of_paging_leaves_the_first_pages_and_no_end(sender, source):
    sender.misbehave("500@offset=3")
    handed = []
    with pytest.raises(SourceAnswerError, match=r"offset=3: HTTP 500"):
        handed.extend(source().fetch(Kind.LOCATIONS, None, full=True))
    assert [len(batch.records) for batch in handed] == [3]
    assert not any(batch.complete or batch.cursor for batch in handed), "so nothing counts as missing"


@pytest.mark.parametrize("defect", ["500#2", "busy#2", "broken-off#2"])
def test_what_passes_is_tried_again(sender, source, defect):
    sender.misbehave(f"{defect.partition('#')[0]}@offset=3#2")
    assert len(pull(source()).ids) == 7


def test_what_does_not_pass_is_not_tried_again(sender, source):
    sender.misbehave("404")
    with pytest.raises(SourceAnswerError):
        pull(source())
    assert len([path for path in sender.paths() if "limit" in path]) == 1


def test_a_clock_an_hour_ahead_cannot_run_the_cursor_ahead(sender, source):
    sender.script.ahead = 3600
    ahead = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
    sender.locations[2]["last_updated"] = ahead
    backend = source()
    first = pull(backend)
    assert "the backend's clock is ahead of ours: it speaks of 20" in first.problems[0]
    assert "Synchronise the clocks (NTP)" in first.problems[0]
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    sender.locations[6]["last_updated"] = now
    second = pull(backend, cursor=first.last.cursor, full=False)
    assert "LOC7" in second.ids, "asked for as of our time, so what is stamped by a right clock is not missed"


def test_records_of_wrong_types_are_reported_one_by_one_and_the_rest_goes_through(sender, source):
    sender.locations[0] = "LOC1"
    del sender.locations[1]["id"]
    sender.locations[2]["id"] = 3
    sender.locations[3]["party_id"] = None
    pulled = pull(source())
    assert [str(raw.body["id"]) for raw in pulled.records] == ["3", "LOC5", "LOC6", "LOC7"]
    assert not pulled.last.complete, "which location had no id cannot be said, so nothing counts as missing"
    url = f"{sender.base}/2.2.1/locations?limit=100"
    assert pulled.problems == [
        f"{url} item 0: is no Location but str (value LOC1); Ask the backend's operator",
        f"{url} item 1 id: has no id [OCPI Location.id: CiString(36), required]; The backend has to give each object an id of "
        "up to 36 printable characters",
        f"{url}&offset=3 item 0 LOC4 party_id: names no owner [OCPI Location.country_code, party_id: required]; "
        "Set `country_code` and `party_id` of the source",
    ]


@pytest.mark.parametrize(
    ("versions", "says"),
    [
        ('"2.2.1"', "`data` is no list of objects"),
        ("[1]", "`data` is no list of objects"),
        ("[]", "offers OCPI nothing"),
    ],
)
def test_versions_of_wrong_types(sender, source, versions, says):
    sender.script.versions_body = f'{{"status_code": 1000, "data": {versions}}}'
    with pytest.raises(SourceAnswerError, match=says):
        pull(source())
