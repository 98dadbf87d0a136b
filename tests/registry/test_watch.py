import time

from sqlalchemy import create_engine, event, insert, update
from sqlalchemy.engine import make_url

from app.registry.apply import Registry
from app.registry.database import open_engine
from app.registry.tables import feed_head, metadata
from app.registry.watch import CommitWatch
from tests.processes import wait_for
from tests.relay import Line, Relays


def feed(tmp_path):
    engine = create_engine(f"sqlite:///{tmp_path}/feed.db")
    event.listen(engine, "connect", lambda connection, _record: connection.execute("PRAGMA journal_mode=WAL"))
    metadata.create_all(engine)
    head = {
        "id": 1,
        "epoch": "e",
        "revision": 0,
        "seq": 0,
        "published_at": 0,
        "oldest": 1,
        "locations": 0,
        "tariffs": 0,
    }
    with engine.begin() as connection:
        connection.execute(insert(feed_head), head)
    return engine


def commit(engine, seq):
    with engine.begin() as connection:
        connection.execute(update(feed_head).values(seq=seq))


def test_a_commit_is_seen_at_the_next_look(tmp_path):
    engine = feed(tmp_path)
    watch = CommitWatch(engine, every=0)
    assert watch.stamp() == ("e", 0)
    commit(engine, 7)
    assert watch.stamp() == ("e", 7)


def test_nothing_is_looked_at_before_it_is_due(tmp_path):
    engine = feed(tmp_path)
    watch = CommitWatch(engine, every=3600)
    watch.stamp()
    commit(engine, 7)
    assert watch.stamp() == ("e", 0)


def test_what_is_known_stands_while_the_database_does_not_answer(tmp_path):
    engine = feed(tmp_path)
    watch = CommitWatch(engine, every=0)
    commit(engine, 7)
    watch.stamp()
    metadata.drop_all(engine)
    assert watch.stamp() == ("e", 7)
    metadata.create_all(engine)
    with engine.begin() as connection:
        head = {
            "id": 1,
            "epoch": "f",
            "revision": 0,
            "seq": 1,
            "published_at": 0,
            "oldest": 1,
            "locations": 0,
            "tariffs": 0,
        }
        connection.execute(insert(feed_head), head)
    assert watch.stamp() == ("f", 1)


def test_a_line_that_lets_nothing_through_holds_nobody_up(postgres_url, monkeypatch):
    monkeypatch.setattr("app.registry.watch.PATIENCE_S", 0.2)
    Registry.open(postgres_url).engine.dispose()
    url = make_url(postgres_url)
    relays = Relays(url.port)
    try:
        relay = relays.open()
        engine = open_engine(url.set(port=relay.port).render_as_string())
        watch = CommitWatch(engine, every=0)
        known = watch.stamp()
        assert known[1] == 0
        relay.set(Line.SWALLOWS)
        began = time.monotonic()
        assert [watch.stamp() for _ in range(50)] == [known] * 50
        assert time.monotonic() - began < 5, "one look waits a little, the others not at all"
        relay.set(Line.PASSES)
        commit(open_engine(postgres_url), 7)
        wait_for(lambda: watch.stamp()[1] == 7)
    finally:
        relays.close()
