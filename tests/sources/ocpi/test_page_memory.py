"""A page that did not change is not decoded, and what is said of it is still true."""

from app.model.batch import Kind
from app.sources.ocpi import answer as answers
from app.sources.ocpi.page import Page, PageMemory
from tests.sources.pulled import pull

KEYS = {f"de*tst/loc{number}" for number in range(1, 8)}


def test_an_identical_crawl_hands_over_keys_only(sender, source, monkeypatch):
    backend = source()
    first = pull(backend)
    monkeypatch.setattr(answers, "decode", None)
    second = pull(backend, cursor=first.last.cursor)
    assert second.records == []
    assert set(second.last.unchanged) == KEYS
    assert second.last.complete
    assert second.last.cursor == first.last.cursor


def test_just_the_page_that_changed_is_read(sender, source):
    backend = source()
    first = pull(backend)
    sender.locations[4] = {**sender.locations[4], "name": "New name"}
    second = pull(backend, cursor=first.last.cursor)
    assert second.ids == ["LOC4", "LOC5", "LOC6"]
    assert set(second.last.unchanged) == KEYS


def test_the_envelopes_timestamp_makes_no_difference_but_every_other_byte_does():
    one = b'{"data":[{"id":"A","timestamp":"2026"}],"status_code":1000,"timestamp":"2026-01-01T00:00:00Z"}'
    assert answers.fingerprint(one) == answers.fingerprint(one.replace(b"2026-01-01", b"2026-01-02"))
    assert answers.fingerprint(one) != answers.fingerprint(one.replace(b'"2026"', b'"2027"'))
    first = b'{"timestamp":"2026-01-01T00:00:00Z","data":[{"id":"A"}]}'
    assert answers.fingerprint(first) == answers.fingerprint(first.replace(b"01-01", b"01-02"))
    assert answers.fingerprint(first) != answers.fingerprint(first.replace(b"A", b"B"))


def test_a_page_that_was_not_applied_is_handed_over_again(sender, source):
    backend = source()
    first = pull(backend)
    sender.locations[0] = {**sender.locations[0], "name": "New name"}
    broken = backend.fetch(Kind.LOCATIONS, first.last.cursor, full=True)
    assert [raw.body["id"] for raw in next(broken).records] == ["LOC1", "LOC2", "LOC3"]
    broken.close()
    assert pull(backend, cursor=first.last.cursor).ids == ["LOC1", "LOC2", "LOC3"]


def test_without_the_cursor_it_gave_everything_is_handed_over_again(source):
    """The registry was restored, or another worker pulled meanwhile."""
    backend = source()
    pull(backend)
    assert len(pull(backend, cursor=None).records) == 7


def test_a_location_that_changed_in_between_is_not_taken_as_unchanged_when_it_changes_back(sender, source):
    backend = source()
    first = pull(backend)
    before = sender.locations[0]
    sender.locations[0] = {**before, "name": "New name", "last_updated": "2026-11-05T00:00:00Z"}
    second = pull(backend, cursor=first.last.cursor, full=False)
    assert "LOC1" in second.ids
    sender.locations[0] = before
    third = pull(backend, cursor=second.last.cursor)
    assert "LOC1" in third.ids


def test_memory_holds_what_the_last_crawl_met():
    memory = PageMemory()
    memory.remember(Page(b"1", 2, ("a", "b"), None))
    memory.remember(Page(b"2", 2, ("b", "c"), None))
    assert memory.find(b"1") is None, "b was handed over in another form since"
    memory.remember(Page(b"3", 1, ("d",), None))
    memory.keep({b"3"})
    assert memory.find(b"2") is None
    assert memory.find(b"3") is not None
