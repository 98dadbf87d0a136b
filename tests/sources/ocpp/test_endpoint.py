"""Charge points of the `ocpp` library against the endpoint that answers by itself: every version, and whatever goes wrong."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime
from typing import Any

import ocpp.v16.call as call16
import ocpp.v21.call as call21
import ocpp.v201.call as call201
import pytest
from prometheus_client import REGISTRY
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from app.errors import ConfigError
from tests.ocpp_peers import charger, status16
from tests.sources.ocpp.conftest import Listen
from tests.sources.strangers import SECRET, nothing_told, walk

NOW = datetime.now(UTC).isoformat()


def malformed() -> float:
    labels = {"source": "hardware", "what": "malformed frame"}
    return REGISTRY.get_sample_value("chargefeed_ocpp_faults_total", labels) or 0.0


def test_a_charge_point_of_1_6_is_answered_and_its_statuses_and_sessions_are_handed_in(listen: Listen) -> None:
    async def story() -> None:
        async with listen() as here, charger(here.url("CP1"), "ocpp1.6") as point:
            boot = await point.call(call16.BootNotification("Model", "Vendor"))
            assert (boot.status, boot.interval) == ("Accepted", 300)
            assert (await point.call(call16.Heartbeat())).current_time
            assert (await point.call(call16.Authorize("04A1B2"))).id_tag_info["status"] == "Accepted"
            await point.call(status16(1, "Available"))
            begun = await point.call(call16.StartTransaction(1, "04A1B2", 1000, NOW))
            again = await point.call(call16.StartTransaction(1, "04A1B2", 1000, NOW))
            assert begun.transaction_id == again.transaction_id
            await point.call(call16.MeterValues(1, [{"timestamp": NOW, "sampled_value": [{"value": "1500"}]}]))
            await point.call(call16.StopTransaction(3500, NOW, begun.transaction_id))
            await point.call(status16(1, "Finishing"))
            await point.call(call16.FirmwareStatusNotification("Idle"))
            assert (await point.call(call16.DataTransfer("com.vendor", data="04A1B2"))).status == "UnknownVendorId"
            await point.call(call16.SecurityEventNotification("StartupOfTheDevice", NOW, None))
            await here.until(lambda: len(here.sessions) == 1)
            assert here.events[:2] == [("E1", "AVAILABLE"), ("E1", "CHARGING")]
            assert here.sessions[0].energy_kwh == 2.5
            written = json.dumps(here.frames())
            assert "StopTransaction" in written
            assert "04A1B2" not in written

    asyncio.run(story())


@pytest.mark.parametrize(("version", "call"), [("ocpp2.0.1", call201), ("ocpp2.1", call21)])
def test_a_charge_point_of_2_x_is_answered_and_its_statuses_are_handed_in(
    listen: Listen, version: str, call: Any
) -> None:
    async def story() -> None:
        async with listen() as here, charger(here.url("CP1"), version) as point:
            station = {"vendor_name": "Vendor", "model": "Model"}
            assert (
                await point.call(call.BootNotification(charging_station=station, reason="PowerUp"))
            ).status == "Accepted"
            assert (await point.call(call.Heartbeat())).current_time
            token = {"id_token": "04A1B2", "type": "ISO14443"}
            assert (await point.call(call.Authorize(token))).id_token_info["status"] == "Accepted"
            await point.call(
                call.StatusNotification(timestamp=NOW, connector_status="Available", evse_id=1, connector_id=1)
            )
            event = {"timestamp": NOW, "transaction_info": {"transaction_id": "T1"}}
            begun = call.TransactionEvent(
                event_type="Started", trigger_reason="Authorized", seq_no=0, evse={"id": 1}, id_token=token, **event
            )
            assert (await point.call(begun)).id_token_info["status"] == "Accepted"
            await point.call(call.TransactionEvent(event_type="Ended", trigger_reason="EVDeparted", seq_no=1, **event))
            await point.call(call.SecurityEventNotification(type="StartupOfTheDevice", timestamp=NOW))
            fault = {"event_id": 1, "timestamp": NOW, "trigger": "Delta", "actual_value": "Faulted"}
            where = {"component": {"name": "Connector", "evse": {"id": 1, "connector_id": 1}}}
            what = {"event_notification_type": "CustomMonitor", "variable": {"name": "AvailabilityState"}}
            await point.call(call.NotifyEvent(generated_at=NOW, seq_no=0, event_data=[{**fault, **where, **what}]))
            await here.until(lambda: len(here.events) == 4)
            assert [status for _, status in here.events] == ["AVAILABLE", "CHARGING", "AVAILABLE", "OUTOFORDER"]

    asyncio.run(story())


def test_the_order_of_the_charge_point_decides_the_version(listen: Listen) -> None:
    async def story() -> None:
        async with listen(versions=["1.6", "2.0.1", "2.1"]) as here:
            async with charger(here.url("CP1"), "ocpp1.5", "ocpp2.0.1", "ocpp1.6") as point:
                assert point._connection.subprotocol == "ocpp2.0.1"
            async with connect(here.url("CP1"), subprotocols=["ocpp1.5"], proxy=None) as connection:
                assert connection.subprotocol is None
                with pytest.raises(ConnectionClosed, match="no common subprotocol"):
                    await connection.recv()

    asyncio.run(story())


def test_one_that_offers_no_version_is_taken_by_what_is_assumed(listen: Listen) -> None:
    async def story() -> None:
        async with listen(assume="1.6") as here, connect(here.url("CP1"), proxy=None) as connection:
            await connection.send('[2,"1","Heartbeat",{}]')
            assert json.loads(await connection.recv())[:2] == [3, "1"]

    asyncio.run(story())


@pytest.mark.parametrize(
    ("version", "frame", "answer"),
    [
        ("ocpp1.6", "[2,", [4, "-1", "FormationViolation"]),
        ("ocpp1.6", '[2,"7","Heartbeat"]', [4, "7", "FormationViolation"]),
        ("ocpp1.6", '[2,"7","Levitate",{}]', [4, "7", "NotImplemented"]),
        ("ocpp1.6", '[2,"7","Reset",{}]', [4, "7", "NotImplemented"]),
        ("ocpp2.0.1", "[2,", [4, "-1", "RpcFrameworkError"]),
        ("ocpp2.0.1", '[2,"7","Heartbeat"]', [4, "7", "FormatViolation"]),
        ("ocpp1.6", '[3,"unknown",{}]', None),
        ("ocpp1.6", '[4,"unknown","InternalError","",{}]', None),
        ("ocpp1.6", '[9,"7",{}]', None),
        ("ocpp2.1", '[6,"7","NotifyPeriodicEventStream",{}]', None),
        (
            "ocpp1.6",
            '[2,"7","StatusNotification",{"connectorId":1,"errorCode":"New","status":"Levitating"}]',
            [3, "7", {}],
        ),
    ],
)
def test_a_frame_that_is_wrong_is_answered_and_the_connection_goes_on(
    listen: Listen, version: str, frame: str, answer: list[Any] | None
) -> None:
    async def story() -> None:
        async with listen() as here, connect(here.url("CP1"), subprotocols=[version], proxy=None) as connection:
            before = malformed()
            await connection.send(frame)
            await connection.send(b"\x00binary")
            await connection.send('[2,"after","Heartbeat",{}]')
            if answer is not None:
                assert json.loads(await connection.recv())[:3] == answer
            assert json.loads(await connection.recv())[:2] == [3, "after"]
            assert malformed() > before, "the binary one at least"
            assert next(line["frame"] for line in here.frames() if line["way"] == "in") == frame

    asyncio.run(story())


def test_a_frame_that_is_too_large_costs_its_sender_the_connection_and_nobody_else(listen: Listen) -> None:
    async def story() -> None:
        points = {"CP1": {"evses": {1: "E1"}}, "CP2": {"evses": {1: "E3"}}}
        async with AsyncExitStack() as stack:
            here = await stack.enter_async_context(listen(charge_points=points))
            other = await stack.enter_async_context(charger(here.url("CP2"), "ocpp1.6"))
            huge = await connect(here.url("CP1"), subprotocols=["ocpp1.6"], proxy=None)
            with suppress(ConnectionClosed):  # it is told before it has sent all of it
                await huge.send('[2,"1","DataTransfer",{"data":"' + 10_000_000 * "x" + '"}]')
            await huge.wait_closed()
            assert huge.close_code == 1009
            assert (await other.call(call16.Heartbeat())).current_time

    asyncio.run(story())


def test_of_two_with_one_identity_the_newer_stays_and_the_older_is_told(listen: Listen) -> None:
    async def story() -> None:
        async with listen() as here:
            older = await connect(here.url("CP1"), subprotocols=["ocpp1.6"], proxy=None)
            async with charger(here.url("CP1"), "ocpp1.6") as newer:
                with pytest.raises(ConnectionClosed, match="another connection has this identity"):
                    await older.recv()
                await newer.call(status16(1, "Available"))
                await here.until(lambda: here.events == [("E1", "AVAILABLE")])

    asyncio.run(story())


def test_one_that_reconnects_all_the_time_has_to_wait_and_strangers_are_not_let_in(listen: Listen) -> None:
    async def story() -> None:
        async with listen(connects_per_minute=2, max_connections=5) as here:
            for _ in range(2):
                async with charger(here.url("CP1"), "ocpp1.6"):
                    pass
            for url, status in ((here.url("CP1"), 429), (here.url("CP9"), 404), (here.url("CP1") + "/x", 404)):
                with pytest.raises(InvalidStatus) as refused:
                    await connect(url, subprotocols=["ocpp1.6"], proxy=None)
                assert refused.value.response.status_code == status

    asyncio.run(story())


def test_away_for_too_long_it_is_unknown_since_its_last_sign_of_life_and_then_as_before(listen: Listen) -> None:
    async def story() -> None:
        async with listen(offline_after=0.2) as here:
            async with charger(here.url("CP1"), "ocpp1.6") as point:
                await point.call(status16(1, "Available"))
            await here.until(lambda: ("E1", "UNKNOWN") in here.events)
            async with charger(here.url("CP1"), "ocpp1.6"):
                await here.until(lambda: here.events[-2:] == [("E1", "AVAILABLE"), ("E2", "UNKNOWN")])

    asyncio.run(story())


def test_what_is_known_survives_the_process_whether_it_was_stopped_or_killed(listen: Listen) -> None:
    async def story() -> None:
        async with listen() as here, charger(here.url("CP1"), "ocpp1.6") as point:
            await point.call(status16(1, "Charging"))
        saved = here.settings.frames / "hardware" / "stations.json"
        async with listen() as here:
            await here.until(lambda: here.holds == {"E1": "CHARGING"})
        saved.unlink()  # as if it had been killed before it could write that
        async with listen() as here:
            await here.until(lambda: here.holds == {"E1": "CHARGING"})

    asyncio.run(story())


def test_evses_that_nobody_named_are_told_as_problems(listen: Listen) -> None:
    async def story() -> None:
        points = {"CP1": {"evses": {1: "E1"}}}
        async with listen(ttl=0.6, charge_points=points) as here, charger(here.url("CP1"), "ocpp1.6") as point:
            await point.call(status16(7, "Available"))
            await here.until(lambda: b"number 7 of the charge point" in here.letters[-1].payload)

    asyncio.run(story())


def test_a_port_that_is_taken_is_named(listen: Listen) -> None:
    async def story() -> None:
        async with listen() as here:
            with pytest.raises(ConfigError, match=str(here.settings.port)):
                async with listen(port=here.settings.port):
                    pass

    asyncio.run(story())


def test_an_ocpp_endpoint_tells_strangers_nothing(listen: Listen, caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        points = {"CP1": {"evses": {1: "E1"}, "password": SECRET}}
        async with listen(security_profile=1, charge_points=points) as here:
            with nothing_told(caplog):
                await asyncio.to_thread(walk, here.settings.port, silent=True)
            async with charger(here.url("CP1").replace("://", f"://CP1:{SECRET}@"), "ocpp1.6") as point:
                await point.call(status16(1, "Available"))
                await here.until(lambda: ("E1", "AVAILABLE") in here.events)

    asyncio.run(story())
