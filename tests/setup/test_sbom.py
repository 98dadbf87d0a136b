"""`deploy/sbom` lists what an installation is made of, with its licences; `deploy/audit` tells good news from none."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from packaging.utils import canonicalize_name

from tests.setup.locks import RUN, pins
from tests.setup.test_licences import ALLOWED, FORBIDDEN
from tests.shared import ROOT

LESSER = {"psycopg", "psycopg-binary", "pycurl"}
"""Under the LGPL (pycurl: or the MIT licence), used as they are and exchangeable; each that joins them is a decision."""


@pytest.fixture(scope="module")
def components() -> list[dict[str, Any]]:
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    made = subprocess.run(
        [ROOT / "deploy" / "sbom"], env={**os.environ, "PATH": path}, capture_output=True, check=False, timeout=600
    )
    assert made.returncode == 0, made.stderr.decode()
    found: list[dict[str, Any]] = json.loads(made.stdout)["components"]
    return found


@pytest.mark.setup
def test_it_has_every_package_that_is_locked_to_run_and_no_other(components: list[dict[str, Any]]) -> None:
    wanted = [pin.requirement for pin in pins(RUN)]
    here = [one for one in wanted if not one.marker or one.marker.evaluate()]
    locked = {canonicalize_name(one.name): str(one.specifier).removeprefix("==") for one in here}
    assert {canonicalize_name(one["name"]): one["version"] for one in components} == locked


@pytest.mark.setup
def test_each_has_a_licence_that_is_allowed(components: list[dict[str, Any]]) -> None:
    said = {canonicalize_name(one["name"]): licences(one) for one in components}
    assert {name: text for name, text in said.items() if not ALLOWED.search(text) or FORBIDDEN.search(text)} == {}
    assert {name for name, text in said.items() if "LGPL" in text or "Lesser" in text} == LESSER


def licences(component: dict[str, Any]) -> str:
    stated = [one.get("license", one) for one in component["licenses"]]
    return "; ".join(one.get("id") or one.get("expression") or one["name"] for one in stated)


@pytest.mark.parametrize(
    ("said", "code", "expected"),
    [
        ("No known vulnerabilities found", 0, 0),
        ("Found 2 known vulnerabilities in 1 package", 1, 1),
        ("requests.exceptions.ConnectionError: no route", 1, 3),
        ("usage: pip-audit", 2, 3),
    ],
)
def test_an_audit_that_learnt_nothing_is_no_good_news(tmp_path: Path, said: str, code: int, expected: int) -> None:
    (tmp_path / "deploy").mkdir()
    shutil.copy(ROOT / "deploy" / "audit", tmp_path / "deploy")
    uv = tmp_path / "bin" / "uv"
    uv.parent.mkdir()
    uv.write_text(f"#!/bin/sh\necho '{said}' >&2\nexit {code}\n")
    uv.chmod(0o755)
    env = {**os.environ, "PATH": f"{uv.parent}{os.pathsep}{os.environ['PATH']}"}
    ended = subprocess.run([tmp_path / "deploy" / "audit"], env=env, capture_output=True, text=True, check=False)
    assert ended.returncode == expected
    assert said in ended.stderr
    assert ("was not asked" in ended.stderr) is (expected == 3)
