"""The settings of a partner: presets, and what cannot be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from app.errors import ConfigError
from app.registry.terms import Terms
from app.registry.views import View
from app.roaming.settings import PartnerSettings, Relay
from app.roaming.shown import view_of
from app.settings import load


def partner(**given: Any) -> PartnerSettings:
    return PartnerSettings.model_validate({"name": "emsp", **given})


def test_a_profile_presets_what_the_settings_leave_open():
    gireve = partner(profile="gireve")
    assert (gireve.mode, gireve.versions, {kind.value for kind in gireve.tariff_types}) == (
        "fifo",
        ("2.2.1",),
        {"REGULAR"},
    )
    assert partner(profile="gireve", mode="state").mode == "state"
    assert (gireve.asks, gireve.begins_there) == ("gireve", True)


@pytest.mark.parametrize("profile", ["gireve", "e-clearing", "generic-hub"])
def test_every_profile_that_is_shipped_can_be_used(profile: str):
    assert partner(profile=profile).asks == profile


def test_a_profile_may_be_a_file_of_ones_own(tmp_path: Path):
    own = tmp_path / "own.yaml"
    own.write_text("title: Own\nsettings: {mode: fifo, page_limit: 7}\n")
    assert (partner(profile=str(own)).mode, partner(profile=str(own)).page_limit) == ("fifo", 7)
    with pytest.raises(ValidationError, match="no receiver `unheard-of`"):
        partner(profile="unheard-of")


def test_without_more_a_partner_sees_what_the_public_sees():
    assert view_of(partner(parties=["NL*ABC"], countries=["NLD"]), "2.3.0") == View(
        frozenset({"NL*ABC"}), frozenset({"NLD"})
    )


def test_2_1_1_shows_no_hidden_site():
    given = partner(parties=["NL*ABC"], versions=["2.1.1", "2.2.1"], issuers=["EMS"], contract_tariffs=["C-*"])
    assert view_of(given, "2.1.1").terms == Terms(contracts=("C-*",))
    assert view_of(given, "2.2.1").terms == Terms(contracts=("C-*",), issuers=frozenset({"EMS"}))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"versions": ["2.1.1"]}, "one party"),
        ({"versions": ["2.1.1"], "parties": ["NL*ABC", "NL*DEF"]}, "one party"),
        ({"versions": []}, "versions"),
        ({"pull_token": "a-token-of-some-length"}, "partner add"),
        ({"tariff_types": ["CHEAP"]}, "tariff_types"),
    ],
)
def test_what_cannot_be_is_refused(given, said):
    with pytest.raises(ValidationError, match=said):
        partner(**given)


def test_a_partner_and_a_destination_have_names_of_their_own(tmp_path: Path):
    pushed = {"name": "emsp", "type": "ocpi-push", "token": "t", "locations_url": "https://emsp.example/locations"}
    settings = {
        "operator": {"name": "Stadtwerke"},
        "sources": [{"name": "demo", "type": "demo"}],
        "destinations": [pushed],
        "partners": [{"name": "emsp"}],
    }
    (tmp_path / "my.yaml").write_text(yaml.safe_dump(settings))
    with pytest.raises(ConfigError, match="both called `emsp`"):
        load(tmp_path / "my.yaml")


RELAY = {"tokens": ["a-token-of-our-backend"]}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"tokens": []}, "tokens"),
        ({**RELAY, "commands_url": "https://backend.example"}, "commands are signed"),
        ({**RELAY, "commands_url": "http://backend.example"}, "must start with https://"),
        ({**RELAY, "commands": ["REBOOT"]}, "commands"),
    ],
)
def test_a_relay_that_cannot_be_is_refused(given: dict[str, Any], said: str):
    with pytest.raises(ValidationError, match=said):
        Relay.model_validate(given)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"roaming": {"relay": RELAY}}, "`roaming.relay` needs `private`"),
        ({"partners": [{"name": "emsp", "relay": True}]}, "partner `emsp` has `relay`, and `roaming` has not"),
    ],
)
def test_nothing_is_relayed_by_half(tmp_path: Path, given: dict[str, Any], said: str):
    config = tmp_path / "chargefeed.yaml"
    config.write_text(
        yaml.safe_dump({"operator": {"name": "X"}, "sources": [{"name": "demo", "type": "demo"}], **given})
    )
    with pytest.raises(ConfigError, match=said):
        load(config)
