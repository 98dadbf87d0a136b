"""The rooms of `app` are held by import-linter, and the contract bites."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.shared import ROOT

FORBIDDEN = {
    "model/intruder.py": "from app import store",
    "store/intruder.py": "import app.model.batch",
    "tariffs/intruder.py": "import app.formats",
    "formats/intruder.py": "from app.registry.tables import metadata",
    "sources/intruder.py": "import app.registry.tables",
    "registry/intruder.py": "import app.sources.base",
    "compliance/intruder.py": "import app.formats",
    "publish/intruder.py": "import app.sources.base",
    "ledger/intruder.py": "import app.publish",
    "delivery/intruder.py": "def inside() -> None:\n    import app.ledger",
    "roaming/intruder.py": "import app.web",
    "stream.py": "import app.settings",
    "errors.py": "import app.model.batch",
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "app", tmp_path / "app", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("__init__.py", "rooms.py"):
        (tmp_path / "tests").mkdir(exist_ok=True)
        shutil.copy(ROOT / "tests" / name, tmp_path / "tests")
    for room in (
        "model",
        "store",
        "tariffs",
        "formats",
        "compliance",
        "publish",
        "ledger",
        "delivery",
        "roaming",
        "web",
    ):
        add(tmp_path, f"{room}/__init__.py", "")
    shutil.copy(ROOT / ".importlinter", tmp_path)
    return tmp_path


def add(tree: Path, name: str, line: str) -> None:
    path = tree / "app" / name
    path.parent.mkdir(exist_ok=True)
    with path.open("a") as module:
        module.write(f"\n{line}\n")


def lint(tree: Path) -> subprocess.CompletedProcess[str]:
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo"]
    return subprocess.run(command, cwd=tree, capture_output=True, text=True, env={"COLUMNS": "200"})


def test_the_rooms_keep_the_contract(tree: Path) -> None:
    answer = lint(tree)
    assert answer.returncode == 0, answer.stdout


def test_every_forbidden_import_is_named(tree: Path) -> None:
    for name, line in FORBIDDEN.items():
        add(tree, name, line)
    answer = lint(tree)
    assert answer.returncode == 1
    for name in FORBIDDEN:
        module = name.removesuffix(".py").replace("/", ".")
        assert f"{module.partition('.')[0]} may not import" in answer.stdout, name
        assert f"app.{module} -> " in answer.stdout, name


def test_a_room_that_is_not_listed_is_refused(tree: Path) -> None:
    add(tree, "utils.py", "")
    answer = lint(tree)
    assert answer.returncode == 1
    assert "app.utils is no known room" in answer.stdout


@pytest.mark.parametrize("room", ["publish", "formats", "web"])
def test_what_is_public_does_not_reach_private_sessions_even_by_way_of_another(tree: Path, room: str) -> None:
    add(tree, "registry/private/__init__.py", "")
    assert lint(tree).returncode == 0
    add(tree, "model/link.py", "import app.registry.private")
    add(tree, f"{room}/reader.py", "import app.model.link")
    answer = lint(tree)
    assert answer.returncode == 1
    assert "out of reach of everything public BROKEN" in answer.stdout
    assert f"app.{room} is not allowed to import app.registry.private" in answer.stdout
