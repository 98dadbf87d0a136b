"""One chargefeed pushes to another's `ocpi-push` source, each with its own processes and database; their feeds are the same."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from flask.testing import FlaskClient

from app.settings import load
from app.web.application import create_app
from tests.processes import free_port, wait_for
from tests.shared import ROOT

DATA = ROOT / "tests" / "data" / "ocpi" / "2.2.1"
TOKEN = "the-token-of-the-first"


@dataclass
class Feed:
    """What a chargefeed publishes, read from its database."""

    client: FlaskClient

    def objects(self, module: str) -> dict[str, Any]:
        """By id, without the stamps, which each gives by itself."""
        answer = self.client.get(f"/open/ocpi/2.2.1/{module}")
        return {each["id"]: _unstamped(each) for each in answer.get_json()["data"]}

    def status(self, location: str, evse: str) -> str | None:
        evses = self.objects("locations").get(location, {}).get("evses", [])
        return next((each["status"] for each in evses if each["uid"] == evse), None)


def _unstamped(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _unstamped(item) for name, item in value.items() if name != "last_updated"}
    return [_unstamped(item) for item in value] if isinstance(value, list) else value


@contextmanager
def chargefeed(folder: Path, *commands: str, **settings: Any) -> Iterator[Feed]:
    """Its processes, until the end of the block."""
    folder.mkdir()
    config = folder / "config.yaml"
    own = {"operator": {"name": "Own"}, "database": f"sqlite:///{folder / 'feed.db'}"}
    own |= {"store": {"directory": str(folder / "public")}, "web": {"port": free_port()}}
    config.write_text(yaml.safe_dump(own | settings))
    feed = Feed(create_app(load(config)).test_client())
    with ExitStack() as stack:
        for command in commands:
            log = stack.enter_context((folder / f"{command}.log").open("w"))
            started = [sys.executable, "-m", "app.cli", command, "--config", str(config)]
            process = subprocess.Popen(started, cwd=ROOT, env=dict(os.environ), stderr=log, stdout=log)
            stack.callback(process.wait, 30)
            stack.callback(process.send_signal, signal.SIGTERM)
        yield feed


@pytest.fixture
def places(tmp_path: Path) -> Path:
    """The inventory of the first, as new files, which can be changed."""
    shutil.copytree(DATA, tmp_path / "files", copy_function=shutil.copyfile)
    return tmp_path / "files"


def say(places: Path, location: str, evse: str, status: str) -> None:
    said = json.loads((places / "locations.json").read_text())
    place = next(each for each in said["data"] if each["id"] == location)
    next(each for each in place["evses"] if each["uid"] == evse)["status"] = status
    (places / "aside.json").write_text(json.dumps(said))
    (places / "aside.json").rename(places / "locations.json")


def test_what_one_pushes_the_other_publishes(tmp_path: Path, places: Path):
    port = free_port()
    receiver = {"name": "first", "type": "ocpi-push", "port": port, "token": TOKEN}
    base = f"http://127.0.0.1:{port}/ocpi/receiver/2.2.1"
    urls = {"locations_url": f"{base}/locations", "tariffs_url": f"{base}/tariffs"}
    files = {"inventory": str(places / "locations.json"), "tariffs": str(places / "tariffs.json"), "version": "2.2.1"}
    source = {"name": "files", "type": "file", "inventory_every": 0.5, "status_every": 0.5, **files}
    second = {"name": "second", "type": "ocpi-push", "token": TOKEN, "retry_wait": 0.5, "longest_wait": 1, **urls}
    with (
        chargefeed(tmp_path / "second", "listen", "worker", sources=[receiver]) as theirs,
        chargefeed(tmp_path / "first", "worker", sources=[source], destinations=[second]) as ours,
    ):
        wait_for(lambda: "LOC2" in ours.objects("locations"), 60)
        wait_for(lambda: _same(ours, theirs), 60)
        assert ours.objects("tariffs")
        say(places, "LOC1", "1-1", "OUTOFORDER")
        wait_for(lambda: theirs.status("LOC1", "1-1") == "OUTOFORDER" and _same(ours, theirs), 60)


def _same(one: Feed, other: Feed) -> bool:
    return all(one.objects(module) == other.objects(module) for module in ("locations", "tariffs"))
