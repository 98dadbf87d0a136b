"""Other people's programs: `test-ocpp` as the charge point, in every security profile, and `ocpp-csms` as the backend."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.peers import peer_python
from tests.processes import free_port
from tests.sources.ocpp.conftest import Listen

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def peers() -> Path:
    """The folder with their commands."""
    return peer_python("ocpp").parent


async def said_by(command: list[str | Path]) -> tuple[int, str]:
    """Exit code and output."""
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, timeout=30, check=False)
    return done.returncode, done.stdout + done.stderr


def test_a_probe_gets_in_by_every_security_profile(listen: Listen, peers: Path, papers: Path) -> None:
    point = {"CP1": {"password": PASSWORD}}
    tls = {"certificate": papers / "server.pem", "client_ca_file": papers / "ca.pem"}
    trust: list[str | Path] = ["--ca", papers / "ca.pem"]
    password: list[str | Path] = ["--password", PASSWORD]
    own: list[str | Path] = ["--cert", papers / "cp1.pem", "--key", papers / "cp1.pem"]
    profiles: list[tuple[dict[str, Any], str, list[str | Path], list[str | Path]]] = [
        ({"security_profile": 0}, "1.6", [], []),
        ({"security_profile": 1, "charge_points": point}, "2.0.1", [], password),
        ({"security_profile": 2, "charge_points": point, **tls}, "2.0.1", trust, password),
        ({"security_profile": 3, **tls}, "1.6", trust, own),
    ]

    async def story() -> None:
        for settings, version, options, secrets in profiles:
            async with listen(**settings) as here:
                url = here.url("CP1").rpartition("/")[0]
                probe = [peers / "test-ocpp", url, "CP1", "--ocpp", version, *options]
                code, said = await said_by([*probe, *secrets])
                assert code == 0, said
                assert not secrets or (await said_by(probe))[0] != 0

    asyncio.run(story())


def test_a_probe_reaches_another_backend_through_the_proxy(listen: Listen, peers: Path, tmp_path: Path) -> None:
    async def story() -> None:
        port, log = free_port(), tmp_path / "csms"
        with (
            log.open("w") as output,
            subprocess.Popen(
                [peers / "ocpp-csms", "--host", "127.0.0.1", "--port", str(port)], stdout=output, stderr=output
            ) as csms,
        ):
            try:
                async with listen(upstream=f"ws://127.0.0.1:{port}") as here:
                    await here.until(lambda: "listening" in log.read_text(), 20)
                    code, said = await said_by([peers / "test-ocpp", here.url("CP1").rpartition("/")[0], "CP1"])
                    assert code == 0, said
                    assert "CP1" in log.read_text()
                    assert [line["way"] for line in here.frames()] == ["open", "in", "out", "in", "out", "closed"]
            finally:
                csms.terminate()

    asyncio.run(story())
