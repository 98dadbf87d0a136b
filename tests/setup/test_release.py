"""`deploy/release` writes the notes of a version and signs them; they are verified as deploy/security.md says."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.shared import ROOT

KEYGEN = shutil.which("ssh-keygen")
CHANGES = (
    "# Changelog\n\n## Unreleased\n\n- To come.\n\n## 0.1.0 (2026-12-01)\n\n- The first one.\n\n## 0.0.9\n\n- Before.\n"
)
VERIFYING = (
    (ROOT / "deploy" / "security.md").read_text().partition("verifies them with OpenSSH:\n\n")[2].partition("\n\n")[0]
)

pytestmark = pytest.mark.skipif(
    KEYGEN is None, reason="no ssh-keygen: apt-get install openssh-client (deploy/test does it)"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A checkout with a changelog, a throw-away key, and a file to release."""
    (tmp_path / "deploy").mkdir()
    shutil.copy(ROOT / "deploy" / "release", tmp_path / "deploy")
    (tmp_path / "CHANGELOG.md").write_text(CHANGES)
    (tmp_path / "chargefeed.whl").write_text("a wheel")
    commit = ("-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "--quiet", "--allow-empty", "-m", "x")
    for command in (
        ("git", "init", "--quiet"),
        ("git", *commit),
        ("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "release"),
    ):
        subprocess.run(command, cwd=tmp_path, check=True)
    return tmp_path


def run(folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["bash", "-euc", command], cwd=folder, capture_output=True, text=True, check=False)


def test_notes_are_of_their_version_alone_and_verify_as_the_page_says(folder: Path) -> None:
    assert run(folder, "deploy/release 0.1.0 release chargefeed.whl").returncode == 0
    notes = (folder / "chargefeed-0.1.0.md").read_text()
    assert "The first one." in notes
    assert "To come." not in notes
    assert "Before." not in notes
    verified = run(folder, VERIFYING)
    assert verified.returncode == 0, verified.stderr
    assert "Good" in verified.stdout
    assert "chargefeed.whl: OK" in verified.stdout


@pytest.mark.parametrize("changed", ["chargefeed-0.1.0.md", "chargefeed.whl"])
def test_what_was_changed_afterwards_is_found(folder: Path, changed: str) -> None:
    assert run(folder, "deploy/release 0.1.0 release chargefeed.whl").returncode == 0
    with (folder / changed).open("a") as file:
        file.write("\nand more")
    assert run(folder, VERIFYING).returncode != 0


def test_another_key_does_not_verify(folder: Path) -> None:
    assert run(folder, "deploy/release 0.1.0 release").returncode == 0
    assert run(folder, "rm release release.pub; ssh-keygen -q -t ed25519 -N '' -f release").returncode == 0
    assert run(folder, VERIFYING).returncode != 0


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("deploy/release 0.2.0 release", "says nothing under"),
        ("deploy/release 0.1.0 nokey", "no key to sign with"),
        ("touch chargefeed-0.1.0.md; deploy/release 0.1.0 release", "released once"),
        ("deploy/release", "VERSION KEY"),
    ],
)
def test_what_cannot_be_released_says_why(folder: Path, command: str, why: str) -> None:
    ended = run(folder, command)
    assert ended.returncode != 0
    assert why in ended.stderr
