"""What a destination is: settings, and how it is found."""

import pytest
from pydantic import ValidationError

from app.clock import ManualClock
from app.delivery import base
from app.delivery.ocpi_push.settings import OcpiPushSettings
from app.delivery.settings import DestinationSettings, DocumentSettings, HttpSettings
from app.errors import ConfigError
from app.model.batch import Kind

ADDRESSED = {"name": "a", "type": "ocpi-push", "token": "t", "locations_url": "https://a.example/locations/"}


@pytest.mark.parametrize("settings", [DestinationSettings, DocumentSettings, HttpSettings, OcpiPushSettings])
def test_every_setting_is_documented(settings):
    assert [name for name, field in settings.model_fields.items() if not field.description] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "Two words"},
        {"nonsense": 1},
        {"parties": ["nl*abc"]},
        {"countries": ["NL"]},
        {"retry_wait": 0},
        {"locations_url": "ftp://a.example"},
        {"locations_url": None},
        {"version": "3.0"},
        {"token_encoding": "auto"},
        {"asks": "xx"},
        {"pull_token": "short"},
        {"pull_token": "sha256:and-no-hash-of-anything"},
    ],
)
def test_wrong_settings_are_refused(wrong):
    OcpiPushSettings.model_validate(ADDRESSED)
    with pytest.raises(ValidationError):
        OcpiPushSettings.model_validate({**ADDRESSED, **wrong})


def test_what_is_sent_follows_from_the_modules_that_are_named():
    one = base.make_destination(OcpiPushSettings.model_validate(ADDRESSED), ManualClock())
    assert one.kinds == {Kind.LOCATIONS}


def test_settings_do_not_show_secrets():
    settings = OcpiPushSettings.model_validate({**ADDRESSED, "token": "s3cret", "pull_token": "hidden-as-well-as-that"})
    for shown in (repr(settings), settings.model_dump_json()):
        assert "s3cret" not in shown
        assert "hidden-as" not in shown


def test_an_unknown_type_names_the_known_ones():
    with pytest.raises(ConfigError, match=r"`teapot`.*ocpi-push"):
        base.destination_class("teapot")


def test_an_installed_package_adds_a_type(tmp_path, monkeypatch):
    info = tmp_path / "plug_in-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: plug-in\nVersion: 1\n")
    (info / "entry_points.txt").write_text(
        "[chargefeed.destinations]\nnowhere = nowhere_destination:Nowhere\nocpi-push = nowhere_destination:Nowhere\n"
        "wrong = nowhere_destination:Wrong\n"
    )
    (tmp_path / "nowhere_destination.py").write_text(
        "from app.delivery.base import DestinationSettings, OneByOne, Receipt\n"
        "class Nowhere(OneByOne):\n"
        "    type = 'nowhere'\n"
        "    Settings = DestinationSettings\n"
        "    def target(self): return ''\n"
        "    def check(self): return ''\n"
        "    def send(self, item): return Receipt(item)\n"
        "class Wrong: pass\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    settings = DestinationSettings(name="s", type="nowhere")
    assert base.make_destination(settings, ManualClock()).name == "s"
    assert base.destination_types()["ocpi-push"].value == base.BUILT_IN["ocpi-push"], (
        "a plug-in replaces no built-in type"
    )
    with pytest.raises(ConfigError, match="Wrong is no Destination"):
        base.destination_class("wrong")
