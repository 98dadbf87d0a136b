"""A source and a destination whose names take long to resolve, or do not: they keep nobody else waiting."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.cluster import Cluster, running, say
from tests.e2e.promises import nothing_is_lost, the_journal_has_no_gap
from tests.processes import wait_for
from tests.shared import ROOT
from tests.webhook_receiver import WebhookReceiver

SHIM = ROOT / "tests" / "e2e" / "shims" / "names"
TIMEOUT_S = 2.0
MOST_SILENCE_S = 5.0


@dataclass(frozen=True)
class Hooks:
    near: WebhookReceiver
    """It is found at once …"""
    far: WebhookReceiver
    """… and this one is not."""

    @property
    def destinations(self) -> list[dict[str, Any]]:
        far = {"name": "far", "url": f"http://far.test:{self.far.port}/hook", "timeout": TIMEOUT_S}
        return [{**self.near.settings, "name": "near"}, {**self.far.settings, **far}]


@pytest.fixture
def hooks() -> Iterator[Hooks]:
    with WebhookReceiver() as near, WebhookReceiver() as far:
        yield Hooks(near, far)


@pytest.fixture
def names(tmp_path: Path) -> Path:
    file = tmp_path / "names"
    file.write_text("0")
    return file


@pytest.fixture
def alone(tmp_path: Path, hooks: Hooks, names: Path) -> Iterator[Cluster]:
    environment = {"PYTHONPATH": f"{SHIM}:{ROOT}", "NAMES": str(names)}
    made = Cluster(tmp_path, f"sqlite:///{tmp_path}/feed.db", environment=lambda name: environment)
    elsewhere = {"name": "elsewhere", "url": f"http://elsewhere.test:{hooks.far.port}", "timeout": TIMEOUT_S}
    made.settings["sources"].append({**made.settings["sources"][1], **elsewhere})
    made.settings["destinations"] = hooks.destinations
    with running(made):
        yield made


@pytest.mark.parametrize(
    ("answers", "away_s"),
    [(("3",), 5.0), pytest.param(("10", "10 fails", "0 fails"), 30.0, marks=pytest.mark.slow)],
    ids=["short", "long"],
)
def test_who_is_not_found_delays_no_other(
    alone: Cluster, hooks: Hooks, names: Path, answers: tuple[str, ...], away_s: float
) -> None:
    for answer in answers:
        since = time.time()
        names.write_text(answer)
        delivered, published = longest_wait(hooks.near, away_s), alone.longest_silence(since)
        say(
            f"{answer} s to resolve: nothing published for {published} s, nothing delivered to another for {delivered:.1f} s"
        )
        assert max(delivered, *published.values()) < MOST_SILENCE_S
    assert alone.feed.reads.total() == sum(n for (_, outcome), n in alone.feed.reads.items() if outcome == "200")
    names.write_text("0")
    alone.backend.finish()
    wait_for(lambda: alone.is_level() and told(hooks.far) == told(hooks.near), 90, every=0.5)
    nothing_is_lost(alone)
    the_journal_has_no_gap(alone.engine)


def longest_wait(receiver: WebhookReceiver, seconds: float) -> float:
    """For a message, within so many seconds."""
    taken, at = len(receiver.messages), [time.monotonic()]
    while time.monotonic() < at[0] + seconds:
        time.sleep(0.05)
        if len(receiver.messages) > taken:
            taken = len(receiver.messages)
            at.append(time.monotonic())
    return max(after - before for before, after in itertools.pairwise([*at, time.monotonic()]))


def told(receiver: WebhookReceiver) -> int:
    """The last sequence."""
    return max((change["seq"] for change in receiver.changes()), default=0)
