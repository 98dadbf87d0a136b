"""The lock files hold everything pyproject.toml asks for, pinned and hashed, and name no place to fetch it from."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.setup.locks import PEERS, RUN, TEST, pins
from tests.shared import ROOT

pytestmark = pytest.mark.setup

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
NEEDED = (
    PROJECT["project"]["dependencies"] + PROJECT["dependency-groups"]["build"] + PROJECT["build-system"]["requires"]
)
EXTRAS = PROJECT["project"]["optional-dependencies"]
NEEDED_FOR_TESTS = NEEDED + EXTRAS["test"] + EXTRAS["history"]


@pytest.mark.parametrize("lock", [RUN, TEST, *PEERS], ids=lambda lock: lock.name)
def test_every_pin_is_one_version_with_its_hashes_and_no_place(lock: Path) -> None:
    assert "://" not in lock.read_text()
    for pin in pins(lock):
        assert re.fullmatch(r"==[^*,]+", str(pin.requirement.specifier)), pin
        assert pin.hashes, pin
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", one) for one in pin.hashes), pin


@pytest.mark.parametrize(("lock", "needed"), [(RUN, NEEDED), (TEST, NEEDED_FOR_TESTS)], ids=["run", "test"])
def test_every_dependency_of_the_project_is_locked_as_it_asks(lock: Path, needed: list[str]) -> None:
    locked = {canonicalize_name(pin.requirement.name): str(pin.requirement.specifier)[2:] for pin in pins(lock)}
    for line in needed:
        wanted = Requirement(line)
        version = locked.get(canonicalize_name(wanted.name))
        assert version, f"{wanted.name} is not in {lock.name}: run deploy/lock"
        assert wanted.specifier.contains(version), f"{lock.name} has {wanted.name} {version}: run deploy/lock"


def test_the_tests_run_with_the_versions_that_run_in_production() -> None:
    for_tests = {str(pin.requirement): pin.hashes for pin in pins(TEST)}
    for pin in pins(RUN):
        assert for_tests.get(str(pin.requirement)) == pin.hashes, f"{pin.requirement}: run deploy/lock"


def test_no_file_says_where_packages_come_from() -> None:
    place = re.compile("|".join(("pypi" + r"\.org", "python" + "hosted", "--index" + "-url", "--find" + r"-links\s")))
    for folder in ("deploy", ".ci"):
        for path in (ROOT / folder).rglob("*"):
            assert not (path.is_file() and place.search(path.read_text())), path
    assert not place.search((ROOT / "pyproject.toml").read_text())
