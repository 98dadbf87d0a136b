"""config/example.yaml names every setting there is, loads, and does not lie about defaults."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from app.alerts.settings import Alerts, Mail, Webhook
from app.delivery.base import BUILT_IN as DESTINATIONS
from app.delivery.base import destination_class
from app.delivery.settings import DestinationSettings
from app.delivery.settings import HttpSettings as PushSettings
from app.marked_yaml import read_marked
from app.publish.settings import SnapshotSettings
from app.roaming.settings import PartnerSettings, Relay, Roaming
from app.settings import (
    S3,
    Docs,
    EvChart,
    Guards,
    History,
    Ledger,
    MapTiles,
    Operator,
    Pages,
    Private,
    Retention,
    Settings,
    Web,
    load,
    shipped,
)
from app.sources.base import BUILT_IN, SourceSettings, source_class
from app.sources.http import HttpSettings

EXAMPLE = shipped("config") / "example.yaml"
ENVIRONMENT = {
    "DATABASE_PASSWORD": "secret",
    "BACKEND_TOKEN": "secret",
    "STEVE_PASSWORD": "secret",
    "CITRINE_PASSWORD": "secret",
    "HASURA_SECRET": "secret",
    "CP_0001_PASSWORD": "secret",
    "HOOK_TOKEN": "a-secret-of-some-length",
    "HOOK_KEY": "secret",
    "SESSIONS_KEY": "secret",
    "EVCHART_KEY": "secret",
    "ALERT_SECRET": "secret",
    "MAIL_PASSWORD": "secret",
    "MQTT_PASSWORD": "secret",
    "AMQP_PASSWORD": "secret",
    "KEY_PASSWORD": "secret",
    "NDW_TOKEN": "secret",
    "MOBILITHEK_PASSWORD": "secret",
    "QUALICHARGE_PASSWORD": "secret",
    "HUBJECT_PASSWORD": "secret",
    "ECONTROL_KEY": "secret",
    "ECONTROL_QUEUE": "amqps://swm:secret@broker.example:5671/charge",
    "RELAY_TOKEN": "secret-for-our-own-backend",
    "ADMIN_TOKEN": "secret-for-the-administration",
    "WEBHOOK_SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "NDW_PULL_TOKEN": "secret-for-the-daily-pull",
}


@pytest.fixture
def uncommented(tmp_path: Path) -> Path:
    """The example with its defaults written out."""
    path = tmp_path / "example.yaml"
    path.write_text(re.sub(r"^( *)#(?=\w)", r"\1", EXAMPLE.read_text(), flags=re.MULTILINE))
    return path


def test_the_example_loads() -> None:
    load(EXAMPLE, ENVIRONMENT)


def test_what_is_commented_out_is_the_default(uncommented: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(uncommented.parent)
    assert load(uncommented, ENVIRONMENT).model_dump() == load(EXAMPLE, ENVIRONMENT).model_dump()


def test_every_setting_is_in_the_example(uncommented: Path) -> None:
    data = read_marked(uncommented, ENVIRONMENT).data
    assert set(data) == names(Settings)
    assert set(data["operator"]) == names(Operator)
    assert set(data["store"]["s3"]) == names(S3)
    assert set(data["web"]) == names(Web)
    assert set(data["snapshots"]) == names(SnapshotSettings)
    assert set(data["guards"]) == names(Guards)
    assert set(data["retention"]) == names(Retention)
    assert set(data["docs"]) == names(Docs)
    assert set(data["site"]) == names(Pages)
    assert set(data["site"]["map_tiles"]) == names(MapTiles)
    assert set(data["private"]) == names(Private)
    assert set(data["ledger"]) == names(Ledger)
    assert set(data["history"]) == names(History)
    assert set(data["evchart"]) == names(EvChart)
    assert set(data["alerts"]) == names(Alerts)
    assert set(data["alerts"]["webhook"]) == names(Webhook)
    assert set(data["alerts"]["email"]) == names(Mail)
    assert set(data["roaming"]) == names(Roaming)
    assert set(data["roaming"]["relay"]) == names(Relay)
    assert set(data["partners"][0]) == names(PartnerSettings) - (
        names(PushSettings) - {"name", "type", "timeout", "parties"}
    )


@pytest.mark.parametrize("type_", BUILT_IN)
def test_every_setting_of_every_source_is_in_the_example(uncommented: Path, type_: str) -> None:
    settings = source_class(type_).Settings
    common = HttpSettings if issubclass(settings, HttpSettings) else SourceSettings
    assert shown_of(uncommented, "sources", type_, names(common)) == names(settings)


@pytest.mark.parametrize("type_", DESTINATIONS)
def test_every_setting_of_every_destination_is_in_the_example(uncommented: Path, type_: str) -> None:
    settings = destination_class(type_).Settings
    common = PushSettings if issubclass(settings, PushSettings) else DestinationSettings
    assert shown_of(uncommented, "destinations", type_, names(common)) == names(settings)


def shown_of(example: Path, part: str, type_: str, common: set[str]) -> set[str]:
    """What the example shows of a type; what all types have is shown once."""
    items = read_marked(example, ENVIRONMENT).data[part]
    everywhere = {name for item in items for name in item} & common
    return {name for item in items if item["type"] == type_ for name in item} | everywhere


def names(model: type[BaseModel]) -> set[str]:
    return set(model.model_fields)
