"""A hub, a network that OICP can say, and the courier between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from app.clock import ManualClock
from app.delivery.oicp.destination import Oicp
from app.delivery.oicp.settings import OicpSettings
from app.delivery.replay import replay
from app.delivery.states import write_state
from app.formats.base import format_named
from app.model.batch import Kind
from app.publish.block import Rendering, render
from app.registry.apply import Registry
from app.registry.database import writing
from app.registry.projection import View
from tests.certificates import Authority
from tests.delivery.conftest import Post
from tests.oicp_server import Hub
from tests.registry.backend import Backend, evse, location

Make = Callable[..., Post]
Body = dict[str, Any]

ABC = {"id": "DE*ABC", "name": "ABC Laden"}
CARD = {"capabilities": ["RFID_READER"]}


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority("Hubject CA")


@pytest.fixture(scope="module")
def files(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificates")
    (folder / "ca.pem").write_bytes(authority.pem())
    authority.issue("DE*ABC").write(folder / "ours.pem")
    return folder


@pytest.fixture
def hub(authority: Authority, files: Path) -> Iterator[Hub]:
    with Hub(authority, authority.issue("hubject.example"), files) as hub:
        yield hub


@pytest.fixture
def post(registry: Registry, clock: ManualClock, hub: Hub, files: Path) -> Make:
    """Makes one that pushes to the hub; arguments are settings."""

    def make(**settings: Any) -> Post:
        given = {
            "name": "hubject",
            "url": hub.url,
            "operators": [ABC],
            "certificate": files / "ours.pem",
            "ca_file": files / "ca.pem",
            "timeout": 2,
            "limits": {"evse_data": 100_000, "evse_status": 100_000, "pricing": 100_000},
            **settings,
        }
        return Post(registry, Oicp(OicpSettings.model_validate(given), clock))

    return make


def site(id: str, *evses: Body, **fields: Any) -> Body:
    """A location with all that OICP requires."""
    return location(id, *evses, **{"operator": {"name": "ABC Laden"}, "help_phone": "+49 3643 1234", **fields})


def point(uid: str, **fields: Any) -> Body:
    return evse(uid, **{**CARD, **fields})


def changed(backend: Backend, uid: str, status: str) -> None:
    backend.clock.advance(seconds=60)
    backend.statuses((f"DE*ABC*{uid}", status), complete=False)


def follow(one: Post, backend: Backend) -> None:
    """Until nothing is due any more."""
    for _ in range(60):
        one.go()
        if not one.standing.due:
            return
        backend.clock.advance(seconds=600)
    raise AssertionError(one.state.error)


def resume(one: Post) -> None:
    """As `chargefeed destinations resume` does."""
    with writing(one.registry.engine) as connection:
        write_state(connection, one.name, paused=False, next_attempt=0)


def again(one: Post) -> None:
    """As `chargefeed replay --since 0` does."""
    replay(one.registry.engine, one.destination, 0)


def ours(registry: Registry) -> tuple[Body, dict[str, str]]:
    """Records and statuses of what is public, as the open feed has them."""
    data, statuses = format_named("oicp-evse-data"), format_named("oicp-evse-status")
    with registry.feed().read() as reader:
        found = reader.objects(Kind.LOCATIONS, reader.ordinals(Kind.LOCATIONS, View(), None, None))

    def groups(form: Any) -> Iterator[Any]:
        for item in found:
            body = render(Rendering(form, Kind.LOCATIONS), item).body or b""
            yield from orjson.loads(b"[" + body + b"]")

    records = {record["EvseID"]: record for group in groups(data) for record in group["EVSEDataRecord"]}
    said = {one["EvseID"]: one["EVSEStatus"] for group in groups(statuses) for one in group["EVSEStatusRecord"]}
    return {id_: {**record, "lastUpdate": None} for id_, record in records.items()}, {id_: said[id_] for id_ in records}


def theirs(hub: Hub) -> tuple[Body, dict[str, str]]:
    return {id_: {**record, "lastUpdate": None} for id_, record in hub.held["data"].items()}, hub.statuses()
