"""What holds whatever has failed (`Cluster`)."""

from __future__ import annotations

import itertools

import requests
from sqlalchemy import Engine, text

from app.ledger.checkpoint import Checkpoint, open_checkpoint
from app.ledger.shelf import Shelf
from app.ledger.verifying import verified_entries
from tests.e2e.cluster import Cluster
from tests.e2e.machines import Machine
from tests.e2e.numbered import LAST
from tests.e2e.watching import DOCUMENT, HEALTH, PAGE, Feed
from tests.processes import wait_for


def nothing_is_lost(cluster: Cluster) -> None:
    """What is journaled was said, of each EVSE in its order, to the last. All of what was posted is history, since posts are
    events; published of it is what no later one of the same commit superseded."""
    journaled = cluster.journaled()
    said = cluster.backend.changes
    assert all((said[number].evse, said[number].status) == (evse, status) for _, evse, status, number in journaled)
    for evse, rows in itertools.groupby(sorted(journaled, key=lambda row: (row[1], row[0])), key=lambda row: row[1]):
        numbers = [number for *_, number in rows]
        assert numbers == sorted(set(numbers)), evse
        assert said[numbers[-1]].status == LAST
    missing = cluster.backend.posted.keys() - cluster.history()
    assert not missing, f"{len(missing)} of {len(cluster.backend.posted)} posts"


def the_journal_has_no_gap(engine: Engine) -> None:
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT seq, published_at FROM journal ORDER BY seq")).all()
    assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
    stamps = [row.published_at for row in rows]
    assert stamps == sorted(stamps)


def everybody_saw_the_same(cluster: Cluster) -> None:
    """Each sequence had one content for all, at all times; all agree in the end."""
    assert cluster.feed.contradictions == []
    head = cluster.head()
    assert sorted(cluster.feed.changes) == list(range(min(cluster.feed.changes), head + 1))
    for path in (PAGE, DOCUMENT, f"/open/changes?since={max(0, head - 500)}&limit=1000"):
        wait_for(lambda path=path: is_the_same(cluster.webs, path), 5)


def is_the_same(webs: list[Machine], path: str) -> bool:
    data = [requests.get(web.url + path, timeout=10).json()["data"] for web in webs]
    return all(each == data[0] for each in data)


def nothing_went_back(cluster: Cluster) -> None:
    """Leases, manifest and checkpoint; and the log is one log, whichever two checkpoints somebody kept."""
    assert cluster.watcher.setbacks == []
    shelf = Shelf(cluster.store)
    found = shelf.read_checkpoint()
    assert found is not None
    last, _ = open_checkpoint(found[0], shelf.read_keys())
    for size, root in cluster.watcher.checkpoints.items():
        list(verified_entries(last, shelf.read, Checkpoint(last.origin, size, root)))


def the_living_answered(feed: Feed) -> None:
    """Health and documents always; what needs the database said 503 and when to come back, or waited for a silent line."""
    assert feed.failed(HEALTH) == feed.failed(DOCUMENT) == 0
    assert {outcome for _, outcome in feed.reads} <= {"200", "503", "ReadTimeout"}
