"""The worker's deliveries: from a source to receivers, and what is counted."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families
from structlog.testing import capture_logs

from app.clock import Clock, SystemClock
from app.delivering import couriers
from app.delivery.ocpi_push import OcpiPush
from app.delivery.settings import DestinationSettings
from app.duties import open_feed, open_registry, work
from app.partnering import open_partners
from app.registry.database import open_engine
from app.roaming.partners import Counterparty
from app.roaming.settings import PartnerSettings
from app.settings import Settings, load
from app.web.application import create_app
from tests.ocpi_partner import Partner
from tests.ocpi_receiver import Receiver
from tests.processes import wait_for

PLUGIN = Path(__file__).parent / "plugin"
CONFIG = """
operator: {name: Stadtwerke}
database: sqlite:///feed.db
store: {directory: public}
sources: [{name: board, type: board, board: board.json, inventory_every: 200ms, status_every: 200ms}]
destinations:
"""


@pytest.fixture
def receivers() -> Iterator[tuple[Receiver, Receiver]]:
    with Receiver() as dead, Receiver() as sound:
        yield dead, sound


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, receivers: tuple[Receiver, Receiver]) -> Settings:
    """A board, pushed to a receiver that answers nothing and to one that does."""
    monkeypatch.syspath_prepend(str(PLUGIN))
    names = ("dead", "sound")
    lines = [json.dumps({**one.settings, "name": name}) for name, one in zip(names, receivers, strict=True)]
    (tmp_path / "config.yaml").write_text(CONFIG + "".join(f"  - {line}\n" for line in lines))
    show(tmp_path, free=True)
    return load(tmp_path / "config.yaml")


def show(folder: Path, *, free: bool) -> None:
    point = {"id": "P1", "place": "Market", "lat": 52.5, "lon": 13.4, "free": free}
    (folder / "board.new").write_text(json.dumps([point]))
    (folder / "board.new").replace(folder / "board.json")


def status(receiver: Receiver) -> str | None:
    location = receiver.shown().get(("locations", "P1"))
    return location["evses"][0]["status"] if location else None


def delivered(destination: str, outcome: str) -> float:
    labels = {"destination": destination, "kind": "locations", "outcome": outcome}
    return REGISTRY.get_sample_value("chargefeed_deliveries_total", labels) or 0


def test_a_change_is_there_in_seconds_though_another_destination_answers_nothing(
    settings: Settings, receivers: tuple[Receiver, Receiver], tmp_path: Path
) -> None:
    dead, sound = receivers
    dead.misbehave("hang")
    stopped = threading.Event()
    worker = threading.Thread(target=work, args=(settings, stopped))
    worker.start()
    try:
        wait_for(lambda: bool(dead.requests) and status(sound) == "AVAILABLE")
        for free in (False, True, False):
            show(tmp_path, free=free)
            began = time.monotonic()
            wait_for(lambda: status(sound) == ("AVAILABLE" if free else "CHARGING"), 10)  # noqa: B023
            print(f"there after {time.monotonic() - began:.1f} s")  # noqa: T201
        assert dead.objects == {}
        figures = metrics(settings)
        assert figures["chargefeed_destination_due", "sound"] == 0
        assert figures["chargefeed_destination_due", "dead"] > 0
        assert figures["chargefeed_destination_waiting_seconds", "dead"] > 0
        assert figures["chargefeed_destination_success_timestamp_seconds", "sound"] > 1_700_000_000
    finally:
        dead.closing.set()
        stopped.set()
        worker.join(30)
    assert delivered("sound", "delivered") >= 4
    delay = {"destination": "sound", "stage": "published"}
    assert (REGISTRY.get_sample_value("chargefeed_delivery_delay_seconds_count", delay) or 0) >= 3


def metrics(settings: Settings) -> dict[tuple[str, ...], float]:
    text = create_app(settings).test_client().get("/metrics").text
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        if family.name.startswith("chargefeed_destination")
        for sample in family.samples
    }


def test_a_partner_that_registers_while_the_worker_runs_is_pushed_to_till_it_leaves(
    settings: Settings, tmp_path: Path
) -> None:
    partner = PartnerSettings(name="emsp", allow_private=True)
    settings = settings.model_copy(update={"destinations": (), "partners": (partner,)})
    stopped = threading.Event()
    worker = threading.Thread(target=work, args=(settings, stopped))
    worker.start()
    with Partner() as platform:
        try:
            wait_for((tmp_path / "data" / "partners.key").exists)
            partners = open_partners(settings, open_engine(settings.database), SystemClock())
            urls = {name: f"{platform.base}/{name}" for name in ("credentials", "locations", "tariffs")}
            found = Counterparty("2.2.1", platform.versions_url, urls, platform.token, "base64")
            partners.confirm("emsp", found, "a-token-of-theirs")
            wait_for(lambda: status(platform) == "AVAILABLE")
            wait_for(lambda: metrics(settings).get(("chargefeed_destination_due", "emsp")) == 0)
            partners.forget("emsp")
            show(tmp_path, free=False)
            wait_for(lambda: ("chargefeed_destination_due", "emsp") not in metrics(settings))
            time.sleep(1.5)
            assert status(platform) == "AVAILABLE"
        finally:
            stopped.set()
            worker.join(30)


def test_a_destination_that_cannot_be_made_is_logged_and_harms_no_other(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def make(self: OcpiPush, given: DestinationSettings, clock: Clock) -> None:
        if given.name == "dead":
            raise ZeroDivisionError("no such port")
        usual(self, given, clock)

    usual = OcpiPush.__init__
    monkeypatch.setattr(OcpiPush, "__init__", make)
    registry = open_registry(settings)
    with capture_logs() as lines:
        assert list(couriers(settings, registry, open_feed(registry), threading.Event())) == ["sound"]
    assert [(line["event"], line["destination"]) for line in lines] == [("destination cannot be made", "dead")]
    registry.engine.dispose()
