"""The evaluation of a worker: not before every source has answered, under its lease, and told once it is whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.clock import SystemClock
from app.errors import LeaseLost
from app.evaluating import EvaluationDuty
from app.registry.apply import Registry
from app.registry.database import reading
from app.registry.downtime import follow
from app.registry.evaluation.reading import UPTIME, standing
from app.registry.leases import Lease, Leases
from app.settings import Settings, load
from tests.alerts.receivers import Receiver, served
from tests.registry.backend import Backend, evse, location

CONFIG = """
operator: {{name: Stadtwerke}}
database: sqlite:///feed.db
web: {{url: https://feed.example}}
sources: [{{name: abc, type: demo}}]
alerts: {{every: 1h, webhook: {{url: "{url}"}}}}
"""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with served(Receiver()) as server:
        yield server


@pytest.fixture
def settings(tmp_path: Path, receiver: Receiver) -> Settings:
    (tmp_path / "config.yaml").write_text(CONFIG.format(url=receiver.url))
    return load(tmp_path / "config.yaml")


@pytest.fixture
def registry(settings: Settings) -> Registry:
    registry = Registry.open(settings.database)
    Backend(registry, SystemClock()).locations(location("L1", evse("E1")))
    return registry


@pytest.fixture
def lease(registry: Registry) -> Lease:
    found = Leases(registry.engine, "one").acquire("duty:evaluation")
    assert found is not None
    return found


def test_it_waits_evaluates_tells_and_waits_again(
    settings: Settings, registry: Registry, lease: Lease, receiver: Receiver
) -> None:
    ready: list[bool] = []
    duty = EvaluationDuty(settings, registry, lambda: bool(ready))
    duty(lease)
    with reading(registry.engine) as connection:
        assert standing(connection) is None
    receiver.answers = [503]
    ready.append(True)
    duty(lease)
    with reading(registry.engine) as connection:
        first = standing(connection)
    assert first is not None
    (digest,) = [json.loads(body) for _, body in receiver.posted]
    assert digest["page"] == "https://feed.example/compliance"
    duty(lease)
    assert len(receiver.posted) == 1, "the webhook is left alone for a while"
    with reading(registry.engine) as connection:
        assert standing(connection) == first, "and the next evaluation is in an hour"


def test_uptime_is_evaluated_after_the_data(settings: Settings, registry: Registry, lease: Lease) -> None:
    duty = EvaluationDuty(settings, registry, lambda: True)
    follow(registry.engine)
    for _ in range(5):
        duty(lease)
    with reading(registry.engine) as connection:
        data, uptime = standing(connection), standing(connection, UPTIME)
    assert data is not None
    assert uptime is not None
    assert uptime.at >= data.at


def test_a_worker_that_lost_its_lease_writes_nothing(settings: Settings, registry: Registry, lease: Lease) -> None:
    duty = EvaluationDuty(settings, registry, lambda: True)
    with pytest.raises(LeaseLost):
        duty(Lease(lease.name, "another", lease.epoch))
    with reading(registry.engine) as connection:
        assert standing(connection) is None
