"""Security profiles 0 to 3: passwords, TLS and client certificates made for this run."""

from __future__ import annotations

import asyncio
import base64
import ssl
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidMessage, InvalidStatus

from app.errors import ConfigError
from app.sources.ocpp import OcppSettings
from tests.sources.ocpp.conftest import Listen

KEY = "00ff41424344454647484950515253545556"
HEARTBEAT = '[2,"1","Heartbeat",{}]'


def trusting(papers: Path, own: str | None = None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=papers / "ca.pem")
    if own is not None:
        context.load_cert_chain(papers / own)
    return context


def basic(user: str, password: str | bytes) -> dict[str, str]:
    raw = password if isinstance(password, bytes) else password.encode()
    return {"Authorization": "Basic " + base64.b64encode(user.encode() + b":" + raw).decode()}


async def is_let_in(url: str, **options: Any) -> bool:
    try:
        async with connect(url, subprotocols=["ocpp1.6"], proxy=None, **options) as connection:
            await connection.send(HEARTBEAT)
            return bool(await connection.recv())
    except InvalidStatus as refused:
        return refused.response.status_code not in (401, 403)
    except (ssl.SSLError, InvalidMessage, ConnectionClosed, ConnectionResetError):
        return False


@pytest.mark.parametrize(
    ("headers", "let_in"),
    [
        (basic("CP1", KEY), True),
        (basic("CP1", bytes.fromhex(KEY)), True),
        (basic("CP1", "wrong"), False),
        (basic("CP2", KEY), False),
        ({"Authorization": "Basic !"}, False),
        ({}, False),
    ],
)
def test_profile_1_asks_for_the_password_as_digits_or_bytes(
    listen: Listen, headers: dict[str, str], let_in: bool
) -> None:
    async def story() -> bool:
        async with listen(security_profile=1, charge_points={"CP1": {"password": KEY}}) as here:
            return await is_let_in(here.url("CP1"), additional_headers=headers)

    assert asyncio.run(story()) is let_in


def test_profile_2_is_the_password_over_tls(listen: Listen, papers: Path) -> None:
    async def story() -> None:
        point = {"CP1": {"password": KEY}}
        async with listen(security_profile=2, certificate=papers / "server.pem", charge_points=point) as here:
            options = {"ssl": trusting(papers), "additional_headers": basic("CP1", KEY)}
            assert await is_let_in(here.url("CP1"), **options)
            assert not await is_let_in(here.url("CP1"), **{**options, "additional_headers": {}})
            assert not await is_let_in(here.url("CP1"), **{**options, "ssl": ssl.create_default_context()})

    asyncio.run(story())


def test_profile_3_asks_for_the_charge_points_own_certificate(listen: Listen, papers: Path) -> None:
    async def story() -> None:
        points = {"CP1": {}, "CP2": {}, "SERIAL": {"serial": "sn-cp1"}}
        tls = {"certificate": papers / "server.pem", "client_ca_file": papers / "ca.pem"}
        async with listen(security_profile=3, charge_points=points, **tls) as here:
            own = trusting(papers, "cp1.pem")
            assert await is_let_in(here.url("CP1"), ssl=own)
            assert await is_let_in(here.url("SERIAL"), ssl=own)
            assert not await is_let_in(here.url("CP2"), ssl=own)
            assert not await is_let_in(here.url("CP1"), ssl=trusting(papers))
            assert not await is_let_in(here.url("CP1"), ssl=trusting(papers, "forged.pem"))

    asyncio.run(story())


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"security_profile": 1, "charge_points": {"CP1": {}}}, "needs a `password` of charge point `CP1`"),
        ({"security_profile": 1, "strangers": "accept"}, "needs a `password` of whoever"),
        ({"security_profile": 2}, "needs `certificate`"),
        ({"security_profile": 3, "certificate": "server.pem"}, "needs `client_ca_file`"),
    ],
)
def test_a_profile_without_what_it_needs_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        OcppSettings.model_validate({"name": "hardware", **given})


def test_a_certificate_that_cannot_be_read_is_named(listen: Listen, tmp_path: Path) -> None:
    async def story() -> None:
        async with listen(security_profile=2, certificate=tmp_path / "none.pem", charge_points={}):
            pass

    with pytest.raises(ConfigError, match="certificate"):
        asyncio.run(story())
