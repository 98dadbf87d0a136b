"""Every profile that ships is whole, says where it is from, and names what we publish."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.compliance.profile import Confidence, Movement, Profile, Regime, profile_names, read_profile, read_profiles
from app.errors import ConfigError
from app.formats.base import formats
from app.registry.delays import What
from tests.shared import ROOT

FOLDER = ROOT / "config" / "profiles"
PROFILES = {profile.country.lower(): profile for profile in read_profiles(FOLDER)}
DOCUMENTS = re.compile(
    r"/open/(ocpi/2\.[123]\.[01]/(locations|tariffs)(\.json)?"
    r"|datex2/(v3\.7-afir|v3\.6|v3\.5|de-01-00-00)/(table|status)\.(xml|json)"
    r"|irve/(statique|dynamique)\.csv|oicp/evse-(data|status)\.json|nevi/stations\.json|afdc\.csv|catalog\.jsonld)"
    r"|/ocpi/(versions|cpo/2\.[23]\.[01]/(locations|tariffs))"
)
"""The public interface as far as an access point takes it."""


def test_the_countries_with_a_known_interface_are_there() -> None:
    assert {"de", "fr", "nl", "be", "dk", "fi", "ie", "gb", "at", "ch", "se", "no", "lu", "lt", "si"} <= PROFILES.keys()
    assert {"es", "it", "pt", "pl", "gr", "cz", "us", "ca"} <= PROFILES.keys()


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_a_profile_is_whole(profile: Profile) -> None:
    assert profile.source
    assert profile.registration
    assert all(DOCUMENTS.fullmatch(path) for feed in profile.feeds for path in feed.paths)
    assert all(rule.code.startswith(f"{profile.country.lower()}-") for rule in profile.rules())
    pushed = profile.transport.kind in (Movement.PUSH, Movement.BOTH)
    assert pushed or profile.transport.destination is None
    if profile.confidence is Confidence.VERIFIED:
        assert profile.transport.kind is not Movement.UNKNOWN


def test_paths_of_formats_that_are_built_in_are_those_they_stand_at() -> None:
    known = {f"/open/{address.path}" for one in formats().values() for address in one.addresses}
    families = {path.split("/")[2] for path in known}
    named = {path for profile in PROFILES.values() for feed in profile.feeds for path in feed.paths}
    documents = {
        path for path in named if path.startswith("/open/") and path.rpartition(".")[2] in ("json", "xml", "csv")
    }
    assert {path for path in documents if path.split("/")[2] in families} <= known


def test_what_the_law_says_of_latency() -> None:
    for name, profile in PROFILES.items():
        found = tuple(profile.limits.of(kind) for kind in What)
        elsewhere = {"gb": (30, None, None), "us": (15, 60, 86_400)}.get(name, (None, None, None))
        assert found == ((60, 60, 86_400) if profile.regime is Regime.AFIR else elsewhere), name


def test_just_those_named_are_read() -> None:
    assert [profile.country for profile in read_profiles(FOLDER, ["nl", "de"])] == ["NL", "DE"]
    with pytest.raises(ConfigError, match="no profile 'xx'"):
        read_profiles(FOLDER, ["xx"])


@pytest.fixture
def spoiled(tmp_path: Path):
    def write(name: str, *changes: tuple[str, str]) -> Path:
        text = (FOLDER / "nl.yaml").read_text()
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        (tmp_path / name).write_text(text)
        return tmp_path / name

    return write


def test_a_defect_names_file_line_and_field(spoiled) -> None:
    path = spoiled("nl.yaml", ("check: green", "check: greenish"))
    with pytest.raises(ConfigError, match=r"nl\.yaml:\d+: `required\.1`: greenish is none of"):
        read_profile(path)
    with pytest.raises(ConfigError, match="look"):
        read_profile(spoiled("nl.yaml", ("said: [connector.max_electric_power]", "hint: 11")))
    with pytest.raises(ConfigError, match="twice"):
        read_profile(spoiled("nl.yaml", ("code: energy-mix", "code: tariffs")))
    with pytest.raises(ConfigError, match=r"Did you mean `licence`"):
        read_profile(spoiled("nl.yaml", ("licence:", "license:")))


def test_a_file_is_named_after_its_country(spoiled) -> None:
    with pytest.raises(ConfigError, match=r"be\.yaml: a profile of NL. Name the file nl\.yaml"):
        read_profile(spoiled("be.yaml"))


def test_names_are_those_of_the_files() -> None:
    assert profile_names(FOLDER) == tuple(sorted(path.stem for path in FOLDER.iterdir()))
