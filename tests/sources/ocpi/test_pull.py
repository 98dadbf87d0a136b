"""A well-behaved Sender: discovery, tokens, paging, versions, what is asked for the next time."""

import pytest
from pydantic import ValidationError

from app.clock import parse_time
from app.errors import SourceAnswerError, SourceRefused
from app.model.batch import Kind, LocationRecord, Origin, TariffRecord
from app.sources.ocpi import OcpiSettings
from tests.ocpi_sender import Sender
from tests.sources.conftest import DATA
from tests.sources.pulled import pull

ALL = [f"LOC{number}" for number in range(1, 8)]


def test_a_whole_crawl_is_pages_and_an_end(sender, source):
    pulled = pull(source())
    assert [len(batch.records) for batch in pulled.batches] == [3, 3, 1, 0]
    assert [batch.complete for batch in pulled.batches] == [False, False, False, True]
    assert pulled.ids == ALL
    assert set(pulled.last.unchanged) == {f"de*tst/loc{number}" for number in range(1, 8)}
    assert pulled.problems == []


def test_records_are_read_by_the_batch(source):
    locations, tariffs = pull(source()), pull(source(), Kind.TARIFFS)
    record = locations.batches[0].parse(locations.records[0]).record
    assert isinstance(record, LocationRecord)
    assert (record.country_code, record.party_id, record.id) == ("DE", "TST", "LOC1")
    assert record.statuses[0].evse == "1-1"
    assert record.statuses[0].status == "AVAILABLE"
    assert record.statuses[0].occurred_at is None, "OCPI gives a status no time"
    tariff = tariffs.batches[0].parse(tariffs.records[0]).record
    assert isinstance(tariff, TariffRecord)
    assert tariff.id == "AC"
    assert tariffs.last.complete


def test_last_updated_is_the_time_of_a_status_only_where_a_setting_says_so(source):
    pulled = pull(source(status_time="last_updated"))
    record = pulled.batches[0].parse(pulled.records[0]).record
    assert record.statuses[0].occurred_at == parse_time("2026-11-01T08:15:00Z")
    assert record.statuses[0].origin is Origin.BACKEND


def test_what_is_no_evse_has_no_time(sender, source):
    del sender.locations[0]["evses"]
    sender.locations[1]["evses"][0] = "EVSE"
    sender.locations[2]["evses"][0]["last_updated"] = 7
    pulled = pull(source(status_time="last_updated"))
    read = [pulled.batches[0].parse(raw).record for raw in pulled.records[:3]]
    assert [[status.occurred_at is None for status in record.statuses] for record in read] == [
        [],
        [False],
        [True, False, False],
    ]


@pytest.mark.parametrize(
    ("offered", "wanted", "taken"),
    [
        (("2.1.1", "2.2.1", "2.3.0"), None, "2.3.0"),
        (("2.0", "2.1.1", "2.2.1", "9.9"), None, "2.2.1"),
        (("2.1.1", "2.2.1"), "2.1.1", "2.1.1"),
    ],
)
def test_the_highest_version_both_know_or_the_one_configured(sender, source, offered, wanted, taken):
    sender.script.versions = offered
    pull(source(version=wanted, country_code="DE", party_id="TST"))
    assert f"/{taken}/locations?limit=100" in sender.paths()


def test_no_common_version_names_both_sides(sender, source):
    sender.script.versions = ("2.0",)
    with pytest.raises(SourceAnswerError, match=r"source backend, .*/versions: offers OCPI 2\.0, wanted is 2\.3\.0 or"):
        pull(source())


@pytest.mark.parametrize("version", ["2.1.1", "2.2.1", "2.3.0"])
def test_every_version_is_read(version):
    with Sender.of(DATA / "ocpi" / version, versions=(version,)) as sender:
        from app.clock import SystemClock
        from app.sources.ocpi import OcpiSource

        settings = OcpiSettings(name="a", url=sender.url, country_code="DE", party_id="TST")
        source = OcpiSource(settings, SystemClock())
        for kind in (Kind.LOCATIONS, Kind.TARIFFS):
            pulled = pull(source, kind)
            read = [pulled.batches[0].parse(raw) for raw in pulled.records]
            assert [problem for parsed in read for problem in parsed.problems] == []
            assert all(parsed.record.party_id == "TST" for parsed in read)


def test_2_1_1_without_an_owner_says_what_to_set(sender, source):
    sender.script.versions = ("2.1.1",)
    with pytest.raises(SourceAnswerError, match=r"names no owner in its records\. Set `country_code` and `party_id`"):
        pull(source())


def test_lists_without_a_versions_endpoint(sender, source):
    pulled = pull(source(url=None, locations_url=f"{sender.base}/2.2.1/locations"))
    assert pulled.ids == ALL
    assert "/versions" not in sender.paths()


def test_the_url_of_the_details_is_taken_for_the_versions_url(sender, source):
    assert pull(source(url=f"{sender.base}/2.2.1")).ids == ALL


@pytest.mark.parametrize("form", ["base64", "raw"])
def test_a_token_in_the_configured_form(sender, source, form):
    sender.script.token, sender.script.form = "s3cret", form
    assert pull(source(token="s3cret\n", token_encoding=form)).ids == ALL


def test_a_token_in_either_form_is_found_out_once(sender, source):
    sender.script.token, sender.script.form = "s3cret", "raw"
    backend = source(token="s3cret")
    pull(backend)
    assert sender.paths().count("/versions") == 2, "refused, then in the other form"
    sender.requests.clear()
    pull(backend, Kind.TARIFFS)
    assert {headers["Authorization"] for _, headers in sender.requests} == {"Token s3cret"}


def test_a_refused_token_says_which_settings_to_check(sender, source):
    sender.script.token = "s3cret"
    with pytest.raises(SourceRefused, match=r"HTTP 401 Unauthorized: unknown token\. Check `token`"):
        pull(source(token="wrong"))


def test_no_token_no_header_not_even_from_netrc(sender, source, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password something\n")
    monkeypatch.setenv("NETRC", str(netrc))
    pull(source())
    assert not any("Authorization" in headers for _, headers in sender.requests)


def test_the_next_pull_asks_for_what_changed_since(sender, source):
    backend = source()
    first = pull(backend)
    sender.locations[4] = {**sender.locations[4], "name": "New name", "last_updated": "2026-11-02T07:00:00Z"}
    second = pull(backend, cursor=first.last.cursor, full=False)
    assert sender.paths()[-1].endswith("date_from=2026-11-01T14:14:00Z"), "the newest seen less a minute"
    assert second.ids == ["LOC5", "LOC7"], "the changed one, and the newest of before"
    assert not second.last.complete
    assert list(second.last.unchanged) == []
    third = pull(backend, cursor=second.last.cursor, full=False)
    assert third.ids == ["LOC5"]


def test_no_news_leaves_the_cursor_where_it_was(sender, source):
    backend = source(overlap=0)
    first = pull(backend)
    for location in sender.locations:
        location["last_updated"] = "2020-01-01T00:00:00Z"
    second = pull(backend, cursor=first.last.cursor, full=False)
    assert second.ids == []
    assert second.last.cursor == first.last.cursor


@pytest.mark.parametrize("cursor", ["nonsense", "{}", '{"version":"2.1.1","since":"2026-11-01T00:00:00Z"}'])
def test_a_cursor_that_means_nothing_reads_everything(source, cursor):
    assert pull(source(), cursor=cursor, full=False).last.complete


def test_tariffs_are_always_read_whole(sender, source):
    backend = source()
    first = pull(backend, Kind.TARIFFS)
    assert pull(backend, Kind.TARIFFS, first.last.cursor, full=False).last.complete
    assert not any("date_from" in path for path in sender.paths())


def test_a_backend_that_does_not_move_last_updated_is_always_read_whole(source):
    backend = source(incremental=False)
    assert pull(backend, cursor=pull(backend).last.cursor, full=False).last.complete
    assert all(asked.full for asked in backend.pulls())


def test_ids_are_compared_without_case(sender, source):
    sender.locations[5]["id"] = "loc1"
    pulled = pull(source())
    assert pulled.ids == ["LOC1", "LOC2", "LOC3", "LOC4", "LOC5", "LOC7"]
    assert "item 2 de*tst/loc1 id: comes twice in one crawl; the first counts" in pulled.problems[0]


def test_status_words_of_the_backend_are_translated(sender, source):
    sender.locations[0]["evses"][0]["status"] = "WORKING"
    assert pull(source(status_map={"WORKING": "AVAILABLE"})).statuses["1-1"] == "AVAILABLE"


def test_a_role_that_the_backend_cannot_fill(sender, source):
    with pytest.raises(SourceAnswerError, match=r"lists no `tariffs` endpoint\. Leave out"):
        pull(source(url=None, locations_url=f"{sender.base}/2.2.1/locations"), Kind.TARIFFS)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"url": "http://a/", "locations_url": "http://a/"},
        {"url": "ftp://a/"},
        {"url": "http://a/", "party_id": "ABC"},
    ],
)
def test_settings_that_cannot_work(wrong):
    with pytest.raises(ValidationError):
        OcpiSettings.model_validate({"name": "a", **wrong})


def test_every_setting_is_documented():
    assert [name for name, field in OcpiSettings.model_fields.items() if not field.description] == []
