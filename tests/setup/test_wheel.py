"""A wheel, built from the source distribution with the locked build backend, runs in an environment that has nothing else."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

import pytest
import requests

from tests.processes import free_port
from tests.setup.locks import RUN
from tests.setup.serving import clean_environment, served
from tests.shared import ROOT

pytestmark = pytest.mark.setup


def run(*command: str | Path, folder: Path) -> str:
    answer = subprocess.run(command, cwd=folder, env=clean_environment(), capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout


@pytest.fixture(scope="module")
def chargefeed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command, installed from the wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "--target", "sdist", "--directory", folder, folder=ROOT)
    (source,) = folder.glob("*.tar.gz")
    run(sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-w", folder, source, folder=folder)
    (wheel,) = folder.glob("*.whl")
    python = folder / "environment" / "bin" / "python"
    venv.create(python.parent.parent)
    install = ["-m", "uv", "pip", "install", "--python", str(python)]
    run(sys.executable, *install, "--require-hashes", "-r", RUN, folder=folder)
    run(sys.executable, *install, "--no-deps", wheel, folder=folder)
    return python.with_name("chargefeed")


def test_check_finds_the_demo_network_in_order(chargefeed: Path, tmp_path: Path) -> None:
    assert "demo" in run(chargefeed, "check", folder=tmp_path)


def test_the_front_page_is_served_from_another_folder(chargefeed: Path, tmp_path: Path) -> None:
    with served([chargefeed, "run"], tmp_path, free_port(), tmp_path / "run.log") as url:
        page = requests.get(url, timeout=30)
        documented = [requests.get(f"{url}/docs/{name}", timeout=30).status_code for name in ("changelog", "commands")]
    assert page.headers["Content-Type"].startswith("text/html")
    assert f"{url}/open/ocpi/2.2.1/locations" in page.text
    assert documented == [200, 200]


def test_the_languages_of_explanations_lie_inside_the_package(chargefeed: Path, tmp_path: Path) -> None:
    code = "from app.tariffs.explain import LANGUAGES; print(*LANGUAGES)"
    assert run(chargefeed.with_name("python"), "-c", code, folder=tmp_path).split() == [
        "de",
        "en",
        "es",
        "fr",
        "it",
        "nl",
    ]


def test_templates_and_settings_lie_inside_the_package(chargefeed: Path, tmp_path: Path) -> None:
    code = "from app.settings import shipped; print(*(shipped(name) for name in ('templates', 'config')), sep='\\n')"
    places = run(chargefeed.with_name("python"), "-c", code, folder=tmp_path).split()
    for place in map(Path, places):
        assert place.is_relative_to(chargefeed.parent.parent)
        assert any(place.iterdir())
