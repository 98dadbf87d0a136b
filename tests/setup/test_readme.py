"""The README is short, and what it names exists; deploy/commands.md has every command."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml

from app.cli import cli
from app.settings import load, shipped
from tests.shared import ROOT

README = (ROOT / "README.md").read_text()
PATHS = [
    path for path in re.findall(r"`(/[^`]*)`", README) if not path.startswith(("/open/party/", "/ocpi/", "/admin/"))
]
NAMED = re.compile(r"`chargefeed ([a-z]+(?: [a-z]+)?)")
COMMANDS = NAMED.findall(README)
LINKS = re.findall(r"\]\(([^)]+)\)", README)
FILES = re.findall(r"`((?:app|deploy|config|tests)/[^` ]*)`", README)


def test_it_has_150_lines_at_most() -> None:
    assert len(README.splitlines()) <= 150


@pytest.mark.parametrize("path", PATHS)
def test_every_path_is_in_the_description_of_the_interface(path: str) -> None:
    assert path in yaml.safe_load((shipped("templates") / "openapi.yaml").read_text())["paths"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_exists(command: str) -> None:
    assert command in [*all_commands(typer.main.get_command(cli))]


def test_every_command_is_documented() -> None:
    """And no other."""
    named = set(NAMED.findall((ROOT / "deploy" / "commands.md").read_text()))
    assert named == {*all_commands(typer.main.get_command(cli))}


def all_commands(group: Any, before: str = "") -> Iterator[str]:
    """`audit verify` and so on."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from all_commands(command, f"{before}{name} ")
        else:
            yield before + name


@pytest.mark.parametrize("name", LINKS + FILES)
def test_every_file_it_points_to_exists(name: str) -> None:
    assert (ROOT / name).exists()


def test_the_settings_it_shows_are_accepted(tmp_path: Path) -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    (tmp_path / "my.yaml").write_text(example)
    assert load(tmp_path / "my.yaml", {"BACKEND_TOKEN": "secret"}).sources[0].name == "backend"
