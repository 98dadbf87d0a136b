"""An `extrawest-ocpi` eMSP, in a process and an environment of its own, pushed to end to end."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from app.clock import ManualClock
from app.delivery.base import make_destination
from app.delivery.ocpi_push.compare import difference
from app.delivery.ocpi_push.settings import OcpiPushSettings
from app.registry.apply import Registry
from app.registry.database import open_engine
from tests.delivery.conftest import Post
from tests.delivery.reading import said
from tests.e2e.extrawest import extrawest
from tests.registry.backend import Backend, connector, evse, location, tariff

TOKEN = "s3cret"
AUTHORIZATION = {"Authorization": f"Token {base64.b64encode(TOKEN.encode()).decode()}"}


@pytest.fixture
def emsp(tmp_path: Path) -> Iterator[str]:
    folder = tmp_path / "data"
    folder.mkdir()
    with extrawest(folder, TOKEN) as base:
        yield f"{base}/emsp/2.2.1"


@pytest.fixture
def backend(tmp_path: Path, empty_database: Path) -> Iterator[Backend]:
    (tmp_path / "feed.db").write_bytes(empty_database.read_bytes())
    clock = ManualClock()
    registry = Registry(open_engine(f"sqlite:///{tmp_path / 'feed.db'}"), clock)
    yield Backend(registry, clock)
    registry.engine.dispose()


@pytest.fixture
def post(emsp: str, backend: Backend) -> Post:
    settings: dict[str, Any] = {"name": "emsp", "locations_url": f"{emsp}/locations", "tariffs_url": f"{emsp}/tariffs"}
    given = OcpiPushSettings.model_validate({**settings, "token": TOKEN, "compare_every": "1d"})
    return Post(backend.registry, make_destination(given, backend.clock))


def held(emsp: str, module: str, id: str) -> Any:
    found = requests.get(f"{emsp}/{module}/DE/ABC/{id}", headers=AUTHORIZATION, timeout=5)
    return found.json()["data"][0] if found.ok else None


def holds_all(emsp: str, registry: Registry) -> bool:
    return all(difference(ours, held(emsp, module, id)) is None for (module, id), ours in said(registry).items())


def test_it_holds_what_is_public_after_each_change(emsp: str, post: Post, backend: Backend):
    backend.tariffs(tariff("T1"))
    points = evse("E1", connector(tariff_ids=["T1"])), evse("E2")
    backend.locations(location("L1", *points), location("L2", evse("E3")))
    post.go()
    assert post.problems() == []
    assert holds_all(emsp, backend.registry)

    backend.clock.advance(seconds=60)
    backend.statuses(("DE*ABC*E1", "CHARGING"), ("DE*ABC*E3", "OUTOFORDER"), complete=False)
    post.go()
    points_held = held(emsp, "locations", "L1")["evses"]
    assert {point["uid"]: point["status"] for point in points_held} == {"e1": "CHARGING", "e2": "AVAILABLE"}
    assert holds_all(emsp, backend.registry)

    backend.clock.advance(seconds=60)
    changed = evse("E2", connector(max_amperage=16, tariff_ids=["T1"]))
    backend.locations(location("L1", points[0], changed, evse("E4")), location("L2", evse("E3"), name="Bahnhof"))
    post.go()
    assert holds_all(emsp, backend.registry)
    assert (post.standing.due, post.standing.noted, post.state.word) == (0, 0, "ok")


def test_what_is_withdrawn_is_gone_there(emsp: str, post: Post, backend: Backend):
    backend.tariffs(tariff("T1"), tariff("T2"))
    backend.locations(location("L1", evse("E1", connector(tariff_ids=["T1"]))))
    post.go()
    backend.tariffs(tariff("T1", type="REGULAR"), tariff("T2"))
    backend.locations(location("L1", evse("E1"), publish=False))
    post.go()
    assert held(emsp, "tariffs", "T1") is None
    assert held(emsp, "tariffs", "T2") is not None
    assert held(emsp, "locations", "L1")["publish"] is False
    assert (post.standing.due, post.standing.noted) == (0, 0)


def test_what_it_lost_is_found_and_sent_again_and_nothing_else(emsp: str, post: Post, backend: Backend):
    backend.tariffs(tariff("T1"), tariff("T2"))
    backend.locations(location("L1", evse("E1", connector(tariff_ids=["T2"]))))
    post.go()
    requests.delete(f"{emsp}/tariffs/DE/ABC/T1", headers=AUTHORIZATION, timeout=5)
    backend.clock.advance(seconds=86_401)
    post.told.clear()
    post.go()
    assert [outcome.receipt.item.key for outcome in post.told] == ["de*abc/t1"]
    assert holds_all(emsp, backend.registry)


def test_a_wrong_token_is_told(emsp: str, post: Post, backend: Backend):
    backend.locations(location("L1"))
    wrong = post.destination.settings.model_copy(update={"token": type(post.destination.settings.token)("wrong")})
    refused = Post(backend.registry, make_destination(wrong, backend.clock))
    refused.go()
    assert refused.state.word == "refused"
