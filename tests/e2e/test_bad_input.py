"""Whatever a backend answers, the public feed keeps the last good data, and the error says what, where and what to do.

Each test: a good pull, then the defect, then the same backend whole again.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.clock import SystemClock
from app.errors import SourceError
from app.model.batch import Kind
from app.registry.apply import Registry
from app.sources.ocpi import OcpiSettings, OcpiSource
from tests.e2e.backend import public, public_bytes, pull, seq, statuses
from tests.ocpi_sender import Sender

DATA = Path(__file__).parent.parent / "data" / "ocpi" / "2.2.1"


@pytest.fixture
def sender() -> Iterator[Sender]:
    with Sender.of(DATA, limit=3) as sender:
        yield sender


@pytest.fixture
def source(sender: Sender) -> OcpiSource:
    settings = {
        "name": "backend",
        "url": sender.url,
        "retry_wait": 0,
        "retries": 0,
        "timeout": 2,
        "max_body": 50_000_000,
    }
    return OcpiSource(OcpiSettings.model_validate(settings), SystemClock())


Fails = Callable[..., str]


@pytest.fixture
def fails(sender: Sender, source: OcpiSource, registry: Registry) -> Fails:
    """Pulls well, badly and well again; holds the public feed against itself and gives the error."""

    def check(*defects: str, kind: Kind = Kind.LOCATIONS, pulls: tuple[bool, ...] = (True,), **script: object) -> str:
        pull(source, registry, Kind.TARIFFS)
        pull(source, registry)
        before, at = public_bytes(registry), seq(registry)
        assert len(public(registry)) == 9
        usual = {name: getattr(sender.script, name) for name in script}
        sender.misbehave(*defects)
        vars(sender.script).update(script)
        for full in pulls:
            with pytest.raises(SourceError) as raised:
                pull(source, registry, kind, full=full)
            assert public_bytes(registry) == before
            assert seq(registry) == at
        state = next(state for state in registry.source_states() if state.kind is kind)
        assert state.failures == len(pulls)
        assert state.error == str(raised.value)
        sender.misbehave()
        vars(sender.script).update(usual)
        pull(source, registry, kind)
        assert public_bytes(registry) == before
        return str(raised.value)

    return check


@pytest.mark.parametrize("kind", [Kind.LOCATIONS, Kind.TARIFFS])
@pytest.mark.parametrize(
    ("defect", "says", "remedy"),
    [
        ("truncated", "not JSON", "cut it off"),
        ("broken-off", "broke off", "asked again"),
        ("data-is-an-object", "`data` is an object, not a list", "Check that the URL"),
        ("no-envelope", "no OCPI envelope", "Check that the URL"),
        ("500", "HTTP 500", "has to recover"),
        ("3001", "status_code 3001: cannot use the client's API", "ask the backend's operator"),
        ("html", "answered with an HTML page", "log-in"),
        ("empty", "the answer is empty", "Ask the backend's operator"),
    ],
)
def test_an_answer_that_is_none(fails, defect, says, remedy, kind):
    error = fails(defect, kind=kind, pulls=(True, False))
    assert error.startswith("source backend, http://127.0.0.1:")
    assert f"/2.2.1/{kind}?limit=100" in error
    assert says in error
    assert remedy in error


def test_a_500_in_the_middle_of_paging(fails):
    assert "locations?limit=100&offset=3: HTTP 500" in fails("500@offset=3")


def test_a_page_that_repeats_for_ever(fails):
    assert "endless paging: a page repeats" in fails(link="growing")


def test_two_gigabytes(fails):
    assert "the answer is larger than 50000000 bytes. Raise `max_body`" in fails("two-gigabytes")


def test_two_gigabytes_unannounced(fails):
    assert "the answer is larger than 50000000 bytes" in fails("two-gigabytes-unannounced")


def test_two_gigabytes_packed_into_two_megabytes(fails):
    assert "the answer is larger than 50000000 bytes" in fails("bomb")


def test_one_byte_a_second(fails):
    assert "no whole answer within 2 s. Raise `timeout`" in fails("drip")


def test_redirects_without_an_end(fails):
    assert "redirects more than 5 times" in fails("round-and-round")


def test_wrong_types_are_reported_record_by_record_and_the_rest_goes_through(sender, source, registry):
    pull(source, registry, Kind.TARIFFS)
    pull(source, registry)
    before = public(registry)
    sender.locations[0]["address"] = 17
    sender.locations[1]["evses"] = "none"
    sender.locations[2]["coordinates"] = {"latitude": "north", "longitude": "9.0"}
    sender.locations[3] = ["LOC4"]
    sender.locations[4]["evses"][0]["status"] = {"is": "fine"}
    sender.locations[5]["name"] = "New name"
    pull(source, registry)
    after = public(registry)
    assert after["locations DE*TST/LOC6"]["name"] == "New name"
    for untouched in ("LOC3", "LOC4", "LOC7"):
        name = f"locations DE*TST/{untouched}"
        assert after[name] == before[name], "what cannot be read keeps its last good state"
    assert statuses(registry)["5-1"] == "UNKNOWN"
    record = next(problem for problem in registry.problems() if problem.get("path", "").startswith("coordinates"))
    assert record["source"] == "backend"
    assert record["record"] == "DE*TST/LOC3"
    assert record["path"] == "coordinates.latitude"
    assert record["value"] == "north"
    assert record["remedy"]
    state = next(state for state in registry.source_states() if state.kind is Kind.LOCATIONS)
    assert any("is no Location but list" in problem["what"] for problem in state.problems)
    assert registry.held() == [], "LOC4 was not seen, but neither was all of the inventory"


def test_texts_that_a_database_cannot_hold(sender, source, postgres_url):
    """PostgreSQL takes no NUL in a text, and no more than a column is wide."""
    registry = Registry.open(postgres_url)
    sender.locations[0]["id"] = "LOC\x001"
    sender.locations[1]["id"] = "x" * 500
    sender.locations[2]["party_id"] = "x" * 500
    sender.locations[3]["name"] = "a\x00name"
    sender.locations[4]["evses"][0]["uid"] = "5\x00-1"
    sender.locations[5]["evses"][0]["status"] = "FINE\x00"
    pull(source, registry)
    assert set(public(registry)) == {f"locations DE*TST/LOC{number}" for number in (4, 5, 6, 7)}
    sender.misbehave("nul")
    with pytest.raises(SourceError, match="status_code 2000: no  name"):
        pull(source, registry)
    assert registry.source_states()[0].failures == 1
    registry.engine.dispose()


def test_duplicate_ids(sender, source, registry):
    pull(source, registry)
    before = public_bytes(registry)
    for index in (1, 6):
        sender.locations.insert(index, {**sender.locations[0], "name": f"Another {index}"})
    pull(source, registry)
    assert public_bytes(registry) == before
    state = next(state for state in registry.source_states() if state.kind is Kind.LOCATIONS)
    twice = [problem for problem in state.problems if "comes twice" in problem["what"]]
    assert [(problem["record"], problem["path"]) for problem in twice] == [("de*tst/loc1", "id")] * 2
    assert all(problem["where"] and problem["remedy"] for problem in twice)


def test_duplicate_evses(sender, source, registry):
    pull(source, registry)
    before = statuses(registry)
    sender.locations[1]["evses"][1]["uid"] = sender.locations[1]["evses"][0]["uid"]
    pull(source, registry)
    assert statuses(registry).keys() == before.keys()
    assert any("2-1" in problem.get("value", "") for problem in registry.problems())


def test_a_clock_an_hour_ahead(sender, source, registry):
    pull(source, registry)
    sender.script.ahead = 3600
    ahead = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
    sender.locations[0]["evses"][0] |= {"status": "BLOCKED", "last_updated": ahead}
    sender.locations[0]["last_updated"] = ahead
    pull(source, registry, full=False)
    assert statuses(registry)["1-1"] == "BLOCKED"
    with registry.feed().read() as feed:
        head = feed.head()
    assert head.published_at <= SystemClock().now(), "what they stamp does not move our stamps"
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    sender.locations[6]["evses"][0] |= {"status": "RESERVED", "last_updated": now}
    sender.locations[6]["last_updated"] = now
    pull(source, registry, full=False)
    assert statuses(registry)["7-1"] == "RESERVED", "nothing is missed behind the wrong clock"
    state = next(state for state in registry.source_states() if state.kind is Kind.LOCATIONS)
    note = next(problem for problem in state.problems if "clock is ahead" in problem["what"])
    assert "Synchronise the clocks" in note["remedy"]


@pytest.mark.parametrize("how", ["nothing", "no locations"])
def test_a_backend_that_suddenly_has_nothing(sender, source, registry, how):
    pull(source, registry)
    before = public_bytes(registry)
    if how == "nothing":
        sender.misbehave("nothing")
    else:
        sender.locations.clear()
    applied = pull(source, registry)
    assert public_bytes(registry) == before
    held = registry.held()
    assert [item.source for item in held] == ["backend"]
    assert applied[-1].held == held[0].id
    assert "came back empty" in held[0].reason


def test_a_backend_that_loses_one_location(sender, source, registry):
    pull(source, registry)
    before = public_bytes(registry)
    del sender.locations[2]
    pull(source, registry)
    assert public_bytes(registry) == before
    assert len(registry.held()) == 1


def test_applying_the_same_crawl_twice_writes_nothing(source, registry):
    pull(source, registry, Kind.TARIFFS)
    pull(source, registry)
    at = seq(registry)
    source.fetch(Kind.LOCATIONS, None, full=True)
    pull(source, registry)
    pull(source, registry, full=False)
    pull(source, registry, Kind.TARIFFS)
    assert seq(registry) == at
