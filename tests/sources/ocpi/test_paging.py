"""Senders that page well, badly, and for ever."""

import pytest

from app.errors import SourceAnswerError
from app.model.batch import Kind
from app.sources.ocpi.paging import usable_link
from tests.sources.pulled import pull

ALL = [f"LOC{number}" for number in range(1, 8)]


@pytest.mark.parametrize("link", ["good", "none", "broken"])
@pytest.mark.parametrize("total", ["right", "none"])
@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_everything_comes_whatever_link_and_count_say(sender, source, link, total, limit):
    sender.script.link, sender.script.total, sender.script.limit = link, total, limit
    pulled = pull(source())
    assert pulled.ids == ALL
    assert pulled.last.complete
    assert pulled.problems == []


def test_a_count_that_is_just_the_pages_length_hides_nothing(sender, source):
    sender.script.link, sender.script.total = "none", "page"
    assert pull(source()).ids == ALL


def test_a_link_that_leads_elsewhere_or_lost_its_filter_is_not_followed():
    page = "http://a.example/locations?limit=3"
    assert usable_link('<http://a.example/locations?date_from=None&offset=3>; rel="next"', page, page) is None
    assert usable_link('</locations/?offset=3>; rel="next"', page, page) == "http://a.example/locations/?offset=3"
    assert usable_link('<http://a.example:8080/locations?offset=3>; rel="next"', page, page) is None
    assert usable_link('<http://a.example/locations?offset=3>; rel="last"', page, page) is None
    assert usable_link("", page, page) is None


def test_a_backend_that_ignores_offset_is_looked_at_twice_only_once(sender, source):
    """Without any header there is no telling whether a list goes on but to look; what was found is remembered."""
    sender.script.link, sender.script.total, sender.script.limit = "none", "none", 100
    sender.script.ignores_offset = True
    backend = source()
    assert pull(backend).ids == ALL
    assert "offset" in sender.paths()[-1]
    sender.requests.clear()
    assert pull(backend).last.complete
    assert len(sender.requests) == 1


def test_a_page_that_repeats_for_ever_ends_in_an_error(sender, source):
    sender.script.link = "growing"
    with pytest.raises(SourceAnswerError) as raised:
        pull(source())
    assert str(raised.value) == (
        f"source backend, {sender.base}/2.2.1/locations?limit=100: endless paging: a page repeats: it brought nothing that "
        "was not on an earlier one. The backend's paging is broken; its operator has to repair it"
    )


def test_a_link_to_itself_ends_in_an_error(sender, source):
    sender.script.link = "itself"
    with pytest.raises(SourceAnswerError, match="endless paging: "):
        pull(source())


def test_ever_new_objects_end_at_max_pages(sender, source):
    with pytest.raises(SourceAnswerError, match="endless paging: no end after 2 pages"):
        pull(source(max_pages=2))


def test_fewer_objects_than_counted_are_not_complete(sender, source):
    sender.script.total = "high"
    pulled = pull(source())
    assert pulled.ids == ALL
    assert not pulled.last.complete
    assert "only 7 of 17 objects came (X-Total-Count); nothing counts as missing" in pulled.problems[0]


def test_an_object_that_vanishes_while_paging_makes_none_be_skipped(sender, source):
    sender.script.link = "none"
    batches = source().fetch(Kind.LOCATIONS, None, full=True)
    ids = [raw.body["id"] for raw in next(batches).records]
    del sender.locations[0]
    rest = list(batches)
    assert sorted(ids + [raw.body["id"] for batch in rest for raw in batch.records]) == ALL
    assert rest[-1].problems == []


def test_an_object_on_two_pages_is_a_problem_and_the_first_counts(sender, source):
    sender.locations.insert(5, {**sender.locations[0], "name": "Another one"})
    pulled = pull(source())
    assert pulled.ids == ALL
    assert pulled.records[0].body["name"] != "Another one"
    assert pulled.problems == [
        f"{sender.base}/2.2.1/locations?limit=100&offset=3 item 2 de*tst/loc1 id: comes twice in one crawl; the first counts "
        "(value LOC1) [OCPI Location.id: unique per CPO platform, compared without case]; "
        "Give each object an id of its own in the backend"
    ]


def test_an_empty_list_is_a_whole_answer(sender, source):
    sender.locations.clear()
    pulled = pull(source())
    assert [(batch.records, batch.complete, list(batch.unchanged)) for batch in pulled.batches] == [((), True, [])]
