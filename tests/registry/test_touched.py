"""Which objects the changes touched: what whoever follows the public feed looks at again."""

from __future__ import annotations

import pytest

from app.clock import format_time
from app.errors import JournalPruned
from app.model.batch import Kind
from app.registry.database import reading
from app.registry.projection import View
from app.registry.touched import Touch, every_object, touched
from tests.registry.backend import MINUTE, connector, evse, location, tariff
from tests.registry.reading import EVERYTHING, head

L1, T1 = (Kind.LOCATIONS, "de*abc/l1"), (Kind.TARIFFS, "de*abc/t1")


def touches(registry, since=0, view=EVERYTHING, *, priced=False, limit=100):
    with reading(registry.engine) as connection:
        return touched(connection, since, limit, view, priced=priced).touches


def named(found: list[Touch]):
    return [(touch.kind, touch.key) for touch in found]


@pytest.fixture
def site(backend):
    backend.tariffs(tariff("T1"))
    backend.locations(location("L1", evse("E1", connector(tariff_ids=["T1"]))))
    return backend


def test_a_status_touches_its_evse_and_anything_else_the_object(registry, site):
    first = touches(registry)
    assert named(first) == [T1, L1]
    assert [(touch.evse, touch.new, touch.gone) for touch in first] == [("", False, False), ("", True, False)]
    since = head(registry)
    site.statuses(("DE*ABC*E1", "CHARGING", site.clock.now() - MINUTE), complete=False)
    (status,) = touches(registry, since)
    assert (status.kind, status.key, status.evse) == (*L1, "E1")
    with registry.feed().read() as reader:
        assert status.published_at == reader.head().published_at
    assert status.occurred_at == site.clock.now() - MINUTE


def test_what_ceases_to_be_public_is_gone_and_what_was_never_public_is_not_there(registry, site):
    since = head(registry)
    site.locations(location("L1", evse("E1"), publish=False), location("L2", publish=False))
    found = touches(registry, since)
    assert [(touch.kind, touch.key, touch.gone) for touch in found] == [(*L1, True)]
    site.statuses(("DE*ABC*E1", "CHARGING"), complete=False)
    assert touches(registry, since) == found


def test_prices_touch_the_locations_that_name_them_only_where_they_are_said(registry, site, clock):
    since = head(registry)
    site.tariffs(tariff("T1", currency="SEK", start_date_time=format_time(clock.now() + MINUTE)))
    assert named(touches(registry, since)) == [T1]
    assert named(touches(registry, since, priced=True)) == [T1, L1]
    since = head(registry)
    clock.advance(seconds=60)
    registry.tick()
    assert touches(registry, since) == []
    assert named(touches(registry, since, priced=True)) == [L1]


def test_a_view_has_its_owners_and_countries_and_learns_what_leaves_them(registry, site):
    site.locations(location("N1", evse("N1"), country="NLD"), location("X1", party_id="XYZ"), complete=False)
    dutch, abc = View(countries=frozenset({"NLD"})), View(parties=frozenset({"DE*ABC"}))
    assert named(touches(registry, view=abc))[-1] == (Kind.LOCATIONS, "de*abc/n1")
    assert named(everything(registry, dutch)) == [T1, (Kind.LOCATIONS, "de*abc/n1")]
    since = head(registry)
    site.statuses(("DE*ABC*N1", "CHARGING"), ("DE*ABC*E1", "CHARGING"), complete=False)
    assert named(touches(registry, since, dutch)) == [(Kind.LOCATIONS, "de*abc/n1")]
    since = head(registry)
    site.locations(location("N1", evse("N1"), country="BEL"), complete=False)
    (left,) = touches(registry, since, dutch)
    assert (left.key, left.new) == ("de*abc/n1", True)


def test_pages_follow_each_other_up_to_the_head(registry, site):
    with reading(registry.engine) as connection:
        first = touched(connection, 0, 1, EVERYTHING, priced=False)
        second = touched(connection, first.next, 1, EVERYTHING, priced=False)
        third = touched(connection, second.next, 1, EVERYTHING, priced=False)
    assert named(first.touches + second.touches) == [T1, L1]
    assert (third.touches, third.next) == ([], head(registry))


def test_what_the_journal_no_longer_holds_is_no_empty_page(registry, site, clock):
    clock.advance(seconds=60)
    registry.prune(clock.now())
    with pytest.raises(JournalPruned):
        touches(registry, 0)


def everything(registry, view) -> list[Touch]:
    return [touch for page in every_object(registry.engine, view) for touch in page]


def test_everything_is_every_public_object_tariffs_first(registry, site):
    site.locations(location("L1", evse("E1", connector(tariff_ids=["T1"]))), location("L2", publish=False))
    found = everything(registry, EVERYTHING)
    assert named(found) == [T1, L1]
    assert {touch.published_at for touch in found} == {None}
