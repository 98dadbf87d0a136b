"""The transparent proxy in front of a backend of the `ocpp` library: what goes through, and how the end of one is the other's."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import Any

import ocpp.v16.call as call16
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from app.sources.ocpp import hub
from tests.ocpp_peers import Backend, charger, status16
from tests.sources.ocpp.conftest import Listen

NOW = "2026-11-02T10:00:00Z"


@asynccontextmanager
async def between(listen: Listen, backend: Backend, **given: Any):
    async with (
        backend.listening() as port,
        listen(upstream=f"ws://127.0.0.1:{port}/central/system", **given) as here,
    ):
        yield here


def test_everything_goes_through_untouched_and_is_listened_to(listen: Listen) -> None:
    async def story() -> None:
        backend = Backend()
        headers = {"Authorization": "Basic Q1A6eA=="}
        async with (
            between(listen, backend) as here,
            charger(here.url("CP1"), "ocpp2.0.1", "ocpp1.6", additional_headers=headers) as point,
        ):
            assert point._connection.subprotocol == "ocpp1.6", "the backend chose"
            assert (await point.call(call16.BootNotification("Model", "Vendor"))).interval == 60
            await point.call(status16(1, "Available"))
            begun = await point.call(call16.StartTransaction(1, "04A1B2", 0, NOW))
            assert begun.transaction_id == 4711
            odd = '[2,"odd","Levitate",{"idTag":"04A1B2", "ünïcode" : 1e400}]'
            await point._connection.send(odd)
            await here.until(lambda: here.events[-1:] == [("E1", "CHARGING")])
            assert backend.statuses == [(1, "Available")]
            assert backend.tags == ["04A1B2"], "only what is written down is masked"
            assert backend.paths == ["/central/system/CP1"]
            assert backend.authorizations == headers["Authorization"].split("\n")
            assert not any("04A1B2" in line["frame"] for line in here.frames())

    asyncio.run(story())


def test_a_defect_of_ours_does_not_break_the_link(listen: Listen, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: Any) -> None:
        raise RuntimeError("a defect")

    async def story() -> None:
        backend = Backend()
        async with between(listen, backend) as here, charger(here.url("CP1"), "ocpp1.6") as point:
            monkeypatch.setattr(hub.Hub, "_read_call", broken)
            monkeypatch.setattr(hub.Journal, "write", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
            await point.call(status16(1, "Available"))
            monkeypatch.undo()
            await point.call(status16(1, "Faulted"))
            await here.until(lambda: here.events == [("E1", "OUTOFORDER")])
            assert backend.statuses == [(1, "Available"), (1, "Faulted")]

    asyncio.run(story())


def test_a_backend_that_refuses_or_is_gone_refuses_the_charge_point(listen: Listen) -> None:
    async def story() -> None:
        backend = Backend()
        backend.refuse_with = 401
        async with between(listen, backend) as here:
            with pytest.raises(InvalidStatus) as refused:
                await connect(here.url("CP1"), subprotocols=["ocpp1.6"], proxy=None)
            assert refused.value.response.status_code == 401
        async with listen(upstream="ws://127.0.0.1:9/none") as here:
            with pytest.raises(InvalidStatus) as refused:
                await connect(here.url("CP1"), subprotocols=["ocpp1.6"], proxy=None)
            assert refused.value.response.status_code == 502

    asyncio.run(story())


def test_the_backends_end_is_the_charge_points(listen: Listen) -> None:
    async def story() -> None:
        backend = Backend()
        async with between(listen, backend) as here:
            point = await connect(here.url("CP1"), subprotocols=["ocpp1.6"], proxy=None)
            await here.until(lambda: bool(backend.connections))
            await backend.connections[0].close(4321, "out of order")
            with pytest.raises(ConnectionClosed) as closed:
                await point.recv()
            assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (4321, "out of order")

            point = await connect(here.url("CP1"), subprotocols=["ocpp1.6"], proxy=None)
            await here.until(lambda: len(backend.connections) == 2)
            backend.connections[1].transport.abort()
            with pytest.raises(ConnectionClosed) as closed:
                await point.recv()
            assert closed.value.rcvd is None, "broken off, not closed"

    asyncio.run(story())


def test_the_charge_points_end_is_the_backends(listen: Listen) -> None:
    async def story() -> None:
        backend = Backend()
        async with between(listen, backend) as here:
            point = await connect(here.url("CP1"), subprotocols=["ocpp1.6"], proxy=None)
            await here.until(lambda: bool(backend.connections))
            await point.close(1001, "restarting")
            await backend.connections[0].wait_closed()
            assert (backend.connections[0].close_code, backend.connections[0].close_reason) == (1001, "restarting")

    asyncio.run(story())


def test_a_charge_point_that_is_frozen_is_found_by_its_silence(listen: Listen) -> None:
    async def story() -> None:
        backend = Backend()
        async with (
            between(listen, backend, ping_every=1, offline_after=0) as here,
            charger(here.url("CP1"), "ocpp1.6") as point,
        ):
            await point.call(status16(1, "Available"))
            point._connection.transport.pause_reading()  # no pong leaves it any more
            await here.until(lambda: ("E1", "UNKNOWN") in here.events)
            await backend.connections[0].wait_closed()
            point._connection.transport.abort()

    asyncio.run(story())
