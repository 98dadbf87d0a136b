"""What the public sees, and how it learns of changes."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from app.clock import ManualClock
from app.errors import JournalPruned
from app.model.batch import Kind
from app.registry.apply import Registry
from app.registry.database import writing
from app.registry.projection import View
from app.registry.tables import feed_head
from tests.registry.backend import Backend, connector, evse, location, tariff
from tests.registry.reading import EVERYTHING, body, changes, find, head

SECRET = "behind the gate of the works"


def seen(registry: Registry) -> str:
    """Everything the reader gives, as text."""
    with registry.feed().read() as feed:
        texts = [str(feed.changes(0, 10_000)), str(feed.parties())]
        for kind in Kind.LOCATIONS, Kind.TARIFFS:
            ordinals = feed.ordinals(kind, EVERYTHING, None, None)
            texts += [str(feed.objects(kind, ordinals)), str(feed.members(kind)), str(feed.block(kind, 0))]
            texts += [str(feed.find_any_party(kind, "L1")), str(feed.find(kind, "DE", "ABC", "L1"))]
    return "\n".join(texts)


def test_what_is_not_published_is_nowhere(backend: Backend, registry: Registry, clock: ManualClock) -> None:
    backend.locations(location("L1", evse("E1"), publish=False, address=SECRET))
    backend.statuses(("E1", "CHARGING"))
    backend.locations(location("L1", evse("E1"), publish=False, address=SECRET, name="Named"))
    assert head(registry) == 3
    assert changes(registry) == []
    assert SECRET not in seen(registry)
    assert "E1" not in seen(registry)


def test_a_location_that_is_hidden_leaves_a_tombstone_with_its_id_only(backend: Backend, registry: Registry) -> None:
    backend.locations(location("L1", evse("E1")))
    backend.locations(location("L1", evse("E1", status="CHARGING"), publish=False, address=SECRET))
    (tombstone,) = changes(registry, since=1)
    assert set(tombstone) == {"seq", "type", "party", "published_at", "op", "id"}
    assert (tombstone["op"], tombstone["id"], find(registry, "L1")) == ("remove", "L1", None)
    assert SECRET not in seen(registry)


def test_a_location_that_is_shown_again_is_a_full_object(backend: Backend, registry: Registry) -> None:
    backend.locations(location("L1", evse("E1"), publish=False, address=SECRET))
    backend.locations(location("L1", evse("E1", status="CHARGING")))
    (put,) = changes(registry)
    assert (put["op"], put["object"]) == ("put", body(registry, "L1"))
    assert SECRET not in seen(registry)


def test_an_evse_that_was_known_while_its_location_was_hidden_is_not_shown_with_it_unless_it_is_listed(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    guarded = [evse(uid, physical_reference=SECRET[:16]) for uid in ("E1", "E2", "E3")]
    backend.locations(location("L1", *guarded, publish=False))
    backend.locations(location("L1", evse("E2", connector(standard=None)), evse("E3")))
    assert [point["uid"] for point in body(registry, "L1")["evses"]] == ["E3"]
    assert SECRET[:16] not in seen(registry)
    clock.advance(seconds=60)
    applied = backend.locations(location("L1", evse("E1"), evse("E2"), evse("E3")))
    assert ([point["uid"] for point in body(registry, "L1")["evses"]], applied.held) == (["E1", "E2", "E3"], None)


def test_whom_else_a_location_is_shown_to_is_never_public(backend: Backend, registry: Registry) -> None:
    partners = [{"type": "APP_USER", "uid": SECRET[:36]}]
    backend.locations(location("L1", evse("E1"), publish=False, publish_allowed_to=partners))
    backend.locations(location("L1", evse("E1"), publish=True, publish_allowed_to=partners))
    assert "publish_allowed_to" not in seen(registry)


def test_an_offer_under_a_hidden_tariff_is_hidden_too(backend: Backend, registry: Registry) -> None:
    backend.tariffs(tariff("T1"), tariff("SECRET", type="REGULAR"))
    offers = [{"tariff_id": "T1"}, {"tariff_id": "SECRET"}]
    backend.locations(location("L1", evse("E1", connector(tariff_ids=["T1", "SECRET"], adhoc_offers=offers))))
    assert "SECRET" not in seen(registry)
    assert "'adhoc_offers': [{'tariff_id': 'T1'}]" in seen(registry)


def test_changes_come_in_pages_that_go_on_where_the_last_ended(backend: Backend, registry: Registry) -> None:
    backend.locations(*(location(f"L{number}", publish=number % 2 == 0) for number in range(10)))
    with registry.feed().read() as feed:
        since, got = 0, []
        while True:
            page = feed.changes(since, 2)
            got += [change["id"] for change in page.changes]
            if len(page.changes) < 2:
                break
            since = page.next
        assert got == ["L0", "L2", "L4", "L6", "L8"]
        assert (page.next, page.head.seq) == (10, 10)


def test_changes_after_the_head_are_none_and_the_reader_waits_there(backend: Backend, registry: Registry) -> None:
    backend.locations(location("L1"))
    with registry.feed().read() as feed:
        page = feed.changes(1, 10)
    assert (page.changes, page.next) == ([], 1)


def test_changes_that_are_no_longer_kept_are_refused_with_a_remedy(backend: Backend, registry: Registry) -> None:
    backend.locations(*(location(f"L{number}") for number in range(5)))
    with writing(registry.engine) as connection:
        connection.execute(update(feed_head).values(oldest=4))
    with registry.feed().read() as feed:
        assert [change["seq"] for change in feed.changes(3, 10).changes] == [4, 5]
        with pytest.raises(JournalPruned, match=r"from sequence 4 on.*snapshot"):
            feed.changes(2, 10)


def test_a_party_sees_its_own_changes(backend: Backend, registry: Registry) -> None:
    backend.locations(location("L1", evse("E1")), location("L2", party_id="XYZ"))
    backend.tariffs(tariff("T1"), tariff("T1", party_id="XYZ"))
    backend.statuses(("E1", "CHARGING"))
    view = View(parties=frozenset({"DE*XYZ"}))
    assert [(change["type"], change["id"]) for change in changes(registry, view=view)] == [
        ("location", "L2"),
        ("tariff", "T1"),
    ]
    with registry.feed().read() as feed:
        assert [item.id for item in feed.objects(Kind.LOCATIONS, feed.ordinals(Kind.LOCATIONS, view, None, None))] == [
            "L2"
        ]


def test_a_country_sees_the_changes_at_its_sites(backend: Backend, registry: Registry) -> None:
    backend.locations(location("L1", evse("E1")), location("L2", evse("E2"), country="FRA", time_zone="Europe/Paris"))
    backend.statuses(("E1", "CHARGING"), ("E2", "CHARGING"))
    view = View(countries=frozenset({"FRA"}))
    assert [change.get("id", change.get("location_id")) for change in changes(registry, view=view)] == ["L2", "L2"]


def test_a_date_filter_takes_the_lower_end_and_leaves_the_upper(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    stamps = []
    for number in range(4):
        stamps.append(backend.locations(location(f"L{number}"), complete=False).published_at)
        clock.advance(seconds=1)
    with registry.feed().read() as feed:
        assert list(feed.ordinals(Kind.LOCATIONS, EVERYTHING, stamps[1], stamps[3])) == [1, 2]


def test_an_object_is_found_by_its_id_in_any_case(backend: Backend, registry: Registry) -> None:
    backend.locations(location("Loc1"), location("LOC1", party_id="XYZ"))
    assert body(registry, "lOC1")["id"] == "Loc1"
    with registry.feed().read() as feed:
        assert [item.party_id for item in feed.find_any_party(Kind.LOCATIONS, "loc1")] == ["ABC", "XYZ"]


def test_a_block_and_the_members_of_all_blocks_show_public_objects_only(backend: Backend, registry: Registry) -> None:
    backend.locations(*(location(f"L{number}", publish=number != 1) for number in range(102)))
    with registry.feed().read() as feed:
        assert [item.ordinal for item in feed.block(Kind.LOCATIONS, 0)][:3] == [0, 2, 3]
        assert [member.ordinal for member in feed.members(Kind.LOCATIONS, 1)] == [100, 101]
        assert len(feed.members(Kind.LOCATIONS)) == 101
        assert set(feed.blocks(Kind.LOCATIONS)) == {0, 1}


def test_a_block_that_changed_is_newer(backend: Backend, registry: Registry) -> None:
    backend.locations(*(location(f"L{number}", evse(f"E{number}")) for number in range(102)))
    before = head(registry)
    backend.statuses(("E101", "CHARGING"), complete=False)
    with registry.feed().read() as feed:
        assert feed.blocks(Kind.LOCATIONS, before) == {1: head(registry)}
        assert [item.id for item in feed.block(Kind.LOCATIONS, 1, before)] == ["L101"]


def test_blocks_in_which_an_object_came_went_or_moved_are_told_from_others(
    backend: Backend, registry: Registry
) -> None:
    everyone = [location(f"L{number}", evse(f"E{number}")) for number in range(301)]
    backend.locations(*everyone)
    before = head(registry)
    changed = list(everyone)
    changed[0] = location("L0", evse("E0"), name="Another name")
    changed[100] = location("L100", evse("E100"), publish=False)
    changed[200] = location("L200", evse("E200"), country="FRA")
    backend.locations(*changed)
    backend.statuses(("E300", "CHARGING"), complete=False)
    with registry.feed().read() as feed:
        assert feed.moved(Kind.LOCATIONS, before) == {1, 2}
        assert feed.moved(Kind.LOCATIONS, 0) == {0, 1, 2, 3}
        assert feed.moved(Kind.LOCATIONS, head(registry)) == set()
