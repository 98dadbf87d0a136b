"""The README is short, and what it names exists; deploy/commands.md has every command."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from app.settings import load, shipped
from tests.setup.command_tables import PAGE, commands, written
from tests.shared import ROOT

README = (ROOT / "README.md").read_text()
PATHS = [
    path for path in re.findall(r"`(/[^`]*)`", README) if not path.startswith(("/open/party/", "/ocpi/", "/admin/"))
]
NAMED = re.compile(r"`chargefeed ([a-z]+(?: [a-z]+)?)")
COMMANDS = NAMED.findall(README)
COMMANDS_THERE = [name for name, _ in commands()]
LINKS = re.findall(r"\]\(([^)]+)\)", README)
FILES = re.findall(r"`((?:app|deploy|config|tests)/[^` ]*)`", README)


def test_it_has_150_lines_at_most() -> None:
    assert len(README.splitlines()) <= 150


@pytest.mark.parametrize("path", PATHS)
def test_every_path_is_in_the_description_of_the_interface(path: str) -> None:
    assert path in yaml.safe_load((shipped("templates") / "openapi.yaml").read_text())["paths"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_exists(command: str) -> None:
    assert command in COMMANDS_THERE


def test_every_command_is_documented() -> None:
    """And no other."""
    named = set(NAMED.findall(PAGE.read_text().partition("## Every option")[0]))
    assert named == set(COMMANDS_THERE)


def test_every_option_is_documented() -> None:
    """`python -m tests.setup.command_tables` writes them."""
    assert PAGE.read_text() == written(PAGE.read_text())
    for name, command in commands():
        assert command.help, name
        assert [one.name for one in command.params if not one.help] == [], name


@pytest.mark.parametrize("name", LINKS + FILES)
def test_every_file_it_points_to_exists(name: str) -> None:
    assert (ROOT / name).exists()


def test_the_settings_it_shows_are_accepted(tmp_path: Path) -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    (tmp_path / "my.yaml").write_text(example)
    assert load(tmp_path / "my.yaml", {"BACKEND_TOKEN": "secret"}).sources[0].name == "backend"
