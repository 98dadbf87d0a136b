"""What holds of the registry whatever happens to it."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select

from app.model.batch import Kind
from app.model.identifiers import object_key
from app.registry.database import reading
from app.registry.edits import bodies
from app.registry.price_plans import Plans
from app.registry.replay import State, current, replay
from app.registry.search import WORLD, Wanted
from app.registry.tables import feed_head, journal, location, tariff
from app.registry.terms import Terms
from app.registry.touched import touched
from app.registry.views import View
from tests.property.story import CANARY, Teller, stories
from tests.registry.reading import EVERYTHING, entries, follow, tables

PARTNER = View(terms=Terms(types=frozenset({"REGULAR"}), contracts=("*",)))
"""Who sees every tariff, through the same door and its memory."""


def few(share: float = 1.0) -> settings:
    """Stories are slow."""
    examples = max(3, round(settings.default.max_examples * share)) if settings.default else 10
    return settings(max_examples=examples, suppress_health_check=list(HealthCheck), deadline=None)


@pytest.fixture(params=["sqlite_engine", "postgres_engine"], scope="session")
def engine(request: pytest.FixtureRequest) -> Engine:
    engine: Engine = request.getfixturevalue(request.param)
    return engine


@few(0.5)
@given(story=stories, restarts=st.booleans())
def test_a_batch_applied_twice_writes_nothing_the_second_time(
    engine: Engine, story: list[tuple[Any, ...]], restarts: bool
) -> None:
    teller = Teller.begin(engine)
    for step in story:
        batch = teller.tell(step)
        if batch is None:
            continue
        once = tables(engine)
        if restarts:
            teller.restart()
        assert teller.apply(batch) == 0
        assert tables(engine) == once


@few(0.5)
@given(story=stories)
def test_the_journal_replayed_from_zero_is_the_current_state(engine: Engine, story: list[tuple[Any, ...]]) -> None:
    teller = Teller.begin(engine)
    states: dict[int, State] = {}
    for step in story:
        teller.tell(step)
        with reading(engine) as connection:
            states[connection.execute(select(feed_head.c.seq)).scalar_one()] = current(connection)
    with reading(engine) as connection:
        for seq, state in states.items():
            assert replay(connection, seq) == state
        assert replay(connection) == current(connection)
        versions = select(func.max(journal.c.seq)).where(journal.c.what == "tariff").group_by(journal.c.key)
        assert set(connection.execute(versions).scalars()) == set(
            connection.execute(select(tariff.c.version)).scalars()
        )
        of_location = select(journal.c.ordinal, func.max(journal.c.seq).label("max")).where(
            journal.c.what.in_(("location", "status"))
        )
        own = {row.ordinal: row.max for row in connection.execute(of_location.group_by(journal.c.ordinal))}
        for row in connection.execute(select(location)):
            assert row.version >= own[row.ordinal]


@few(0.5)
@given(story=stories)
def test_sequences_have_no_gap_and_stamps_rise_with_every_commit(engine: Engine, story: list[tuple[Any, ...]]) -> None:
    teller = Teller.begin(engine)
    for step in story:
        teller.tell(step)
    journaled = entries(teller.registry)
    assert [entry.seq for entry in journaled] == list(range(1, len(journaled) + 1))
    assert all(earlier.published_at <= later.published_at for earlier, later in pairwise(journaled))
    with reading(engine) as connection:
        head = connection.execute(select(feed_head)).one()
        assert head.seq == len(journaled)
        assert not journaled or head.published_at == journaled[-1].published_at
        stamps = connection.execute(select(location.c.last_updated)).scalars().all()
    assert all(stamp <= head.published_at for stamp in stamps)


@few(0.5)
@given(story=stories)
def test_what_is_hidden_is_nowhere_in_public(engine: Engine, story: list[tuple[Any, ...]]) -> None:
    teller = Teller.begin(engine)
    feed = teller.registry.feed()
    seen = 0
    for step in story:
        teller.tell(step)
        with feed.read() as reader:
            for kind in Kind.LOCATIONS, Kind.TARIFFS:
                reader.objects(kind, reader.ordinals(kind, PARTNER, None, None), PARTNER.terms)
            page = reader.changes(seen, 10_000)
            texts = [str(page), str(reader.parties())]
            for kind in Kind.LOCATIONS, Kind.TARIFFS:
                ordinals = reader.ordinals(kind, EVERYTHING, None, None)
                texts += [str(reader.objects(kind, ordinals)), str(reader.block(kind, 0)), str(reader.members(kind))]
                for id in ("A", "B", "C", "T1", "T2", "T3"):
                    texts += [str(reader.find(kind, "DE", "ABC", id)), str(reader.find_any_party(kind, id))]
            found = reader.search(Wanted.of(CANARY)).ordinals(10, 0)
            texts += [str(reader.search(Wanted()).clusters(WORLD))]
            seen = page.next
        assert found == []
        assert CANARY not in "".join(texts)
    with feed.read() as reader:
        assert CANARY not in str(reader.changes(0, 10_000))


@few(0.5)
@given(story=stories)
def test_who_follows_the_changes_has_what_who_reads_all_has(engine: Engine, story: list[tuple[Any, ...]]) -> None:
    """A mirror that knows `/open/changes` alone."""
    teller = Teller.begin(engine)
    feed = teller.registry.feed()
    mirror: dict[tuple[str, str], dict[str, Any]] = {}
    seen = 0
    for step in story:
        teller.tell(step)
        with feed.read() as reader:
            page = reader.changes(seen, 10_000)
            for change in page.changes:
                follow(mirror, change)
            seen = page.next
            published = {
                (kind.value[:-1], item.id): item.body
                for kind in (Kind.LOCATIONS, Kind.TARIFFS)
                for item in reader.objects(kind, reader.ordinals(kind, EVERYTHING, None, None))
            }
        assert mirror == published


@few(0.3)
@given(story=stories)
def test_a_partner_that_looks_at_what_is_touched_has_what_it_may_see(
    engine: Engine, story: list[tuple[Any, ...]]
) -> None:
    """As deliveries do: with terms of its own, hidden changes touch it too."""
    teller = Teller.begin(engine)
    feed = teller.registry.feed()
    mirror: dict[tuple[Kind, str], dict[str, Any]] = {}
    since = 0
    for step in story:
        teller.tell(step)
        with reading(engine) as connection:
            page = touched(connection, since, 10_000, PARTNER, priced=False)
        since = page.next
        with feed.read() as reader:
            for touch in page.touches:
                found = reader.named(touch.kind, [touch.key], PARTNER.terms).get(touch.key)
                mirror.pop((touch.kind, touch.key), None)
                if found is not None:
                    mirror[touch.kind, touch.key] = found.body
            seen = {
                (kind, object_key(item.country_code, item.party_id, item.id)): item.body
                for kind in (Kind.LOCATIONS, Kind.TARIFFS)
                for item in reader.objects(kind, reader.ordinals(kind, PARTNER, None, None), PARTNER.terms)
            }
        assert mirror == seen


@few(0.5)
@given(story=stories)
def test_who_names_a_plan_names_the_tariffs_that_it_has(engine: Engine, story: list[tuple[Any, ...]]) -> None:
    teller = Teller.begin(engine)
    for step in story:
        teller.tell(step)
        with reading(engine) as connection:
            plans = Plans(connection)
            keys = {row.ordinal: row.key for row in connection.execute(select(location))}
            for ordinal, (body, _) in bodies(connection, sorted(keys)).items():
                assert plans.named(keys[ordinal], body) == body
