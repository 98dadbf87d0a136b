"""The whole as a document, then documents of just what changed: the sample plug-in's folder."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.clock import ManualClock
from app.delivery.base import destination_class
from app.errors import DestinationRefused
from app.formats.base import formats
from app.model.problem import Problem, Severity
from app.registry.apply import Registry
from tests.delivery.conftest import MakePost, Post
from tests.registry.backend import Backend, connector, evse, location, tariff
from tests.shared import ROOT


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The sample plug-in, in this test alone."""
    monkeypatch.syspath_prepend(str(ROOT / "tests" / "plugin"))
    destination_class.cache_clear()
    formats.cache_clear()
    yield
    destination_class.cache_clear()
    formats.cache_clear()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "board"
    folder.mkdir()
    return folder


@pytest.fixture
def board(post: MakePost, folder: Path) -> Callable[..., Post]:
    def make(holder: str = "one", **settings: object) -> Post:
        given = {"name": "board", "type": "board-file", "folder": folder, "delta_every": 0, **settings}
        return post(holder, **dict.fromkeys(("token", "version", "locations_url", "tariffs_url", "timeout")), **given)

    return make


@pytest.fixture
def site(backend: Backend, clock: ManualClock) -> Backend:
    backend.tariffs(tariff("T1"))
    backend.locations(*(location(f"L{n}", evse(f"E{n}", connector(tariff_ids=["T1"]))) for n in (1, 2, 3)))
    clock.advance(seconds=60)
    return backend


def changed(site: Backend, *uids: str) -> None:
    site.statuses(*((f"DE*ABC*{uid}", "CHARGING") for uid in uids), complete=False)


def written(folder: Path) -> list[str]:
    """Names without their sequence, in order of it."""
    return [file.stem.rpartition("-")[0] for file in sorted(folder.iterdir(), key=_order)]


def last(folder: Path) -> str:
    return max(folder.iterdir(), key=_order).read_text()


def _order(file: Path) -> tuple[int, str]:
    name, _, sequence = file.stem.rpartition("-")
    return int(sequence), name


def test_first_the_whole_then_exactly_what_changed(board, folder, site, registry):
    one = board()
    one.go()
    assert written(folder) == ["snapshot"]
    assert last(folder) == "L1 Weimar\nL2 Weimar\nL3 Weimar\n"
    one.go()
    changed(site, "E1", "E3")
    one.go()
    assert written(folder) == ["snapshot", "delta"]
    assert last(folder) == "L1\nL3\n"
    assert (one.standing.due, one.state.deltas, one.state.word) == (0, 1, "ok")


def test_what_is_gone_is_in_the_delta_without_content(board, folder, site):
    one = board()
    one.go()
    site.locations(location("L2", publish=False), complete=False)
    one.go()
    assert last(folder) == "gone de*abc/l2\n"


def test_a_change_of_price_is_due_only_where_prices_are_said(board, folder, site, monkeypatch):
    one = board()
    one.go()
    site.tariffs(tariff("T1", currency="SEK"))
    one.go()
    assert written(folder) == ["snapshot"]
    monkeypatch.setattr(type(one.destination), "priced", True)
    site.tariffs(tariff("T1", currency="NOK"))
    one.go()
    assert last(folder) == "L1\nL2\nL3\n"


def test_deltas_keep_their_distance(board, folder, site):
    one = board(delta_every=2)
    one.go()
    changed(site, "E1")
    one.go()
    assert written(folder) == ["snapshot"]
    changed(site, "E2")
    time.sleep(2)
    one.go()
    assert written(folder) == ["snapshot", "delta"]
    assert last(folder) == "L1\nL2\n"


def test_the_whole_comes_again_after_so_many_deltas_after_so_long_and_after_a_restart(board, folder, site, clock):
    one = board(snapshot_after=2, snapshot_every="6h")
    one.go()
    for uid in ("E1", "E2", "E3"):
        changed(site, uid)
        one.go()
    assert written(folder) == ["snapshot", "delta", "delta", "snapshot", "delta"]
    clock.advance(seconds=6 * 3600)
    site.statuses(("DE*ABC*E1", "BLOCKED"), complete=False)
    one.go()
    assert written(folder)[5:] == ["snapshot"]
    clock.advance(seconds=1)
    site.statuses(("DE*ABC*E1", "CHARGING"), complete=False)
    board().go()
    assert written(folder)[6:] == ["snapshot"]


def test_where_too_much_is_due_the_whole_is_shorter(board, folder, site):
    one = board(largest_delta=2)
    one.go()
    changed(site, "E1", "E2", "E3")
    one.go()
    assert written(folder) == ["snapshot", "snapshot"]
    assert one.standing.due == 0


def test_a_destination_may_ask_for_the_whole(board, folder, site, monkeypatch):
    one = board()
    one.go()
    monkeypatch.setattr(one.destination, "needs_snapshot", lambda items: any(item.object is None for item in items))
    site.locations(location("L2", publish=False), complete=False)
    one.go()
    assert written(folder) == ["snapshot", "snapshot"]
    assert "L2" not in last(folder)


def test_while_it_cannot_be_reached_changes_wait_and_then_come_together(board, folder, site, clock):
    one = board()
    one.go()
    folder.rename(folder.with_name("away"))
    for uid in ("E1", "E2"):
        changed(site, uid)
        one.go()
        clock.advance(seconds=60)
    assert one.state.word == "retrying"
    assert "no such folder. Make it" in (one.state.error or "")
    folder.with_name("away").rename(folder)
    one.go()
    assert written(folder) == ["snapshot", "delta"]
    assert last(folder) == "L1\nL2\n"
    assert one.state.word == "ok"


def test_when_the_journal_was_cut_the_whole_is_sent(board, folder, site, registry: Registry, clock):
    one = board()
    one.go()
    changed(site, "E1")
    registry.prune(clock.now() + 1)
    one.go()
    assert written(folder) == ["snapshot", "snapshot"]


def test_an_object_that_the_destination_refuses_is_left_out_and_named(board, folder, site, monkeypatch):
    one = board()
    one.go()

    def inspect(item):
        refused = Problem("no NUTS code", Severity.REFUSED, record=item.key, remedy="Give it in the overlay")
        return (refused,) if item.key.endswith("l2") else ()

    monkeypatch.setattr(one.destination, "inspect", inspect)
    changed(site, "E1", "E2")
    one.go()
    assert last(folder) == "L1\n"
    assert [problem["record"] for problem in one.problems()] == ["de*abc/l2"]
    assert (one.standing.refused, one.standing.due) == (1, 0)


def test_a_document_that_fails_its_validation_is_not_sent_and_the_last_good_one_stays(
    board, folder, site, clock, monkeypatch
):
    one = board()
    one.go()

    def refuses(items, head):
        error = DestinationRefused("the document does not validate", where="destination board")
        error.add_note("de*abc/l1: address: too long")
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(one.destination, "delta", refuses)
        changed(site, "E1")
        one.go()
    assert written(folder) == ["snapshot"]
    assert one.state.word == "refused"
    assert one.state.error == "destination board: the document does not validate\nde*abc/l1: address: too long"
    clock.advance(seconds=300)
    one.go()
    assert last(folder) == "L1\n"


def test_what_is_to_be_said_of_the_objects_in_a_snapshot_replaces_what_was_said_before(
    board, folder, site, monkeypatch
):
    one = board()
    notes = [Problem("no operator id", Severity.NOTE, record="de*abc/l1")]
    monkeypatch.setattr(one.destination, "snapshot", lambda documents: notes)
    one.go()
    assert [problem["what"] for problem in one.problems()] == ["no operator id"]
    notes.clear()
    one = board()
    monkeypatch.setattr(one.destination, "snapshot", lambda documents: notes)
    one.go()
    assert one.problems() == []
