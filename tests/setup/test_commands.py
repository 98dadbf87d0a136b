"""`deploy/run` in a fresh checkout installs, starts the demo network and says where it is; a second start installs nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import partial
from pathlib import Path

import pytest
import requests

from tests.processes import free_port, wait_for
from tests.setup.locks import RUN
from tests.setup.serving import clean_environment, served
from tests.shared import ROOT

pytestmark = pytest.mark.setup


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What git tracks and nothing else, as it stands now."""
    folder = tmp_path_factory.mktemp("fresh") / "check out"
    listing = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    for name in listing.stdout.rstrip("\0").split("\0"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    return folder


def has_locations(url: str) -> bool:
    return len(requests.get(f"{url}/open/ocpi/2.2.1/locations", timeout=30).json()["data"]) > 0


def test_run_installs_once_and_serves_the_demo_network_from_any_folder(checkout: Path, tmp_path: Path) -> None:
    outputs = []
    for turn in ("first", "second"):
        port, log = free_port(), tmp_path / f"{turn}.log"
        with served([checkout / "deploy" / "run"], tmp_path, port, log) as url:
            wait_for(partial(has_locations, url), seconds=120)
        outputs.append(log.read_text())
        assert f"{url}/open/ocpi/versions" in outputs[-1]
    assert "installing" in outputs[0]
    assert "installing" not in outputs[1]
    active = {**clean_environment(), "PATH": f"{checkout}/.venv/bin:{os.environ['PATH']}"}
    again = subprocess.run([checkout / "deploy" / "install", RUN.name], env=active, capture_output=True, check=True)
    assert again.stderr == b"", "an active environment must not count as another Python"


def test_too_old_a_python_is_explained(checkout: Path, tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    for name in ("bash", "dirname", "readlink", "env"):
        (tmp_path / name).symlink_to(shutil.which(name) or name)
    answer = subprocess.run(
        [checkout / "deploy" / "run"], env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 1
    assert "no Python 3.11 or later: apt-get install python3" in answer.stderr


def test_a_missing_debian_package_is_named(checkout: Path, tmp_path: Path) -> None:
    for name in ("bash", "dpkg-query", "grep", "env"):
        (tmp_path / name).symlink_to(shutil.which(name) or name)
    (tmp_path / "id").write_text("#!/bin/sh\necho 1000\n")
    (tmp_path / "id").chmod(0o755)
    answer = subprocess.run(
        [checkout / "deploy" / "packages", "bash", "no-such-package"],
        env={**clean_environment(), "PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 1
    assert answer.stderr == "deploy/packages: missing: no-such-package (as root: apt-get install no-such-package)\n"
