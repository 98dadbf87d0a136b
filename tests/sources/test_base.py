"""What a source is: settings, capabilities, how it is found."""

from collections.abc import Iterator

import pytest
from pydantic import ValidationError

from app.clock import ManualClock
from app.errors import ConfigError
from app.model.batch import Batch, Kind, Role
from app.sources import base
from app.sources.base import Capabilities, Pull, Source, SourceSettings


class Quiet(Source):
    type = "quiet"
    Settings = SourceSettings
    capabilities = Capabilities(frozenset({Kind.LOCATIONS, Kind.TARIFFS}), statuses_in_locations=True, incremental=True)

    def fetch(self, kind: Kind, cursor: str | None, *, full: bool) -> Iterator[Batch]:
        return iter(())


def quiet(**settings: object) -> Quiet:
    return Quiet(SourceSettings.model_validate({"name": "quiet", "type": "quiet", **settings}), ManualClock())


def test_durations_are_seconds_or_text():
    settings = SourceSettings.model_validate(
        {"name": "a", "type": "b", "inventory_every": "10min", "status_every": 15, "full_every": "6h", "ttl": "1h30min"}
    )
    assert (settings.inventory_every, settings.status_every, settings.full_every, settings.ttl) == (
        600,
        15,
        21600,
        5400,
    )


@pytest.mark.parametrize("text", ["soon", "10 fortnights", "-5s", "", "5s later", 0, "0s"])
def test_no_duration(text):
    with pytest.raises(ValidationError):
        SourceSettings.model_validate({"name": "a", "type": "b", "ttl": text})


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "Two words"},
        {"nonsense": 1},
        {"roles": ["everything"]},
        {"status_map": {"WORKING": "FINE"}},
        {"country_code": "de"},
    ],
)
def test_wrong_settings_are_refused(wrong):
    with pytest.raises(ValidationError):
        SourceSettings.model_validate({"name": "a", "type": "b", **wrong})


def test_every_setting_is_documented():
    assert [name for name, field in SourceSettings.model_fields.items() if not field.description] == []


def test_status_cadence_asks_for_changed_locations_where_statuses_come_inside():
    assert quiet(status_every=20).pulls() == (
        Pull(Kind.LOCATIONS, 20, full=False),
        Pull(Kind.LOCATIONS, 21600, full=True),
        Pull(Kind.TARIFFS, 600, full=True),
    )


def test_a_source_without_the_status_role_is_asked_at_the_inventory_cadence():
    assert Pull(Kind.LOCATIONS, 600, full=False) in quiet(roles=["inventory"]).pulls()


def test_roles_decide_what_is_asked_for():
    assert quiet(roles=[Role.STATUS]).kinds == {Kind.LOCATIONS}
    assert quiet(roles=[Role.PRICE]).kinds == {Kind.TARIFFS}


def test_an_unknown_type_names_the_known_ones():
    with pytest.raises(ConfigError, match=r"`teapot`.*demo, file, irve, mqtt"):
        base.source_class("teapot")


def test_an_installed_package_adds_a_type(tmp_path, monkeypatch):
    info = tmp_path / "plug_in-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: plug-in\nVersion: 1\n")
    (info / "entry_points.txt").write_text(
        "[chargefeed.sources]\nsilent = silent_source:Silent\nocpi = silent_source:Silent\n"
    )
    (tmp_path / "silent_source.py").write_text(
        "from app.sources.base import Capabilities, Source, SourceSettings\n"
        "class Silent(Source):\n"
        "    type = 'silent'\n"
        "    Settings = SourceSettings\n"
        "    capabilities = Capabilities(frozenset())\n"
        "    def fetch(self, kind, cursor, *, full):\n"
        "        return iter(())\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    settings = SourceSettings(name="s", type="silent")
    assert base.make_source(settings, ManualClock()).name == "s"
    assert base.source_types()["ocpi"].value == base.BUILT_IN["ocpi"], "a plug-in cannot replace a built-in type"
