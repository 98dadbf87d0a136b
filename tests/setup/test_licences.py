"""What chargefeed needs to run is under a permissive licence, or MPL or LGPL as separate packages; never GPL or AGPL."""

from __future__ import annotations

import re
from importlib.metadata import PackageMetadata, metadata

import pytest

from tests.setup.locks import RUN, pins
from tests.setup.test_locks import EXTRAS

pytestmark = pytest.mark.setup

ALLOWED = re.compile(
    r"\b(MIT(-0)?|BSD|BSD-[23]-Clause|Apache|Apache-2\.0|ISC|PSF-2\.0|MPL-2\.0|Mozilla Public License 2\.0|LGPL-3\.0-only)\b"
)
FORBIDDEN = re.compile(r"(?<!L)GPL|Affero|(?<!Lesser )General Public License", re.IGNORECASE)
PACKAGES = [
    pin.requirement.name for pin in pins(RUN) if not pin.requirement.marker or pin.requirement.marker.evaluate()
] + EXTRAS["history"]


def stated_licence(package: PackageMetadata) -> str:
    """What the package's metadata says: the SPDX expression, else the classifiers, else the free text."""
    classifiers = [line for line in package.get_all("Classifier") or [] if line.startswith("License ::")]
    return package.get("License-Expression") or "; ".join(classifiers) or package.get("License") or ""


@pytest.mark.parametrize("name", PACKAGES)
def test_the_licence_of_a_package_at_run_time_is_allowed(name: str) -> None:
    licence = stated_licence(metadata(name))
    assert ALLOWED.search(licence), f"{name}: {licence!r} is no licence we know"
    assert not FORBIDDEN.search(licence), f"{name}: {licence!r}"


@pytest.mark.parametrize(
    "licence", ["GPL-3.0-only", "AGPL-3.0", "GNU General Public License v2 (GPLv2)", "MIT AND GPL-2.0"]
)
def test_a_forbidden_licence_is_recognised(licence: str) -> None:
    assert FORBIDDEN.search(licence)
