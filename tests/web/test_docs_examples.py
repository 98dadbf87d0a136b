"""Every shell line of the pages for data users and auditors works on a real server, and answers in the shape that is shown."""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from lxml import etree

from app.web.docs.contents import contents
from app.web.docs.pages import DEMO
from tests.shared import ROOT
from tests.web.network import Network, process

BLOCK = re.compile(r"```sh\n(.*?)```(?:\n\n```(json|csv|xml|text)\n(.*?)```)?", re.DOTALL)
PAGES = [
    entry.file
    for audience in contents().audiences
    for entry in audience.entries
    if audience.title in ("Data users", "Auditors") and entry.file and "```sh" in (ROOT / entry.file).read_text()
]
STREAM = "import sys; from app.cli import main; main(['stream'])"


@pytest.fixture(scope="module")
def stream(network: Network) -> Iterator[None]:
    with process(network, [sys.executable, "-c", STREAM], network.settings.web.stream_url):
        yield


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Where `chargefeed` is this one."""
    if shutil.which("curl") is None:
        pytest.skip("no curl: apt-get install curl (deploy/test does it as root)")
    command = tmp_path / "bin" / "chargefeed"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m app.cli "$@"\n')
    command.chmod(0o755)
    path = f"{command.parent}:{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}


@pytest.mark.parametrize("page", PAGES)
def test_the_examples_of_a_page_work(page, network, reader, stream, environment, tmp_path):
    text = (ROOT / page).read_text().replace(DEMO, network.settings.web.url)
    wrong = []
    for script, kind, shown in BLOCK.findall(text):
        answer = subprocess.run(
            ["bash", "-o", "pipefail", "-c", script], cwd=tmp_path, env=environment, capture_output=True, check=False
        )
        timed = "--max-time" in script and answer.returncode == 28
        if answer.returncode and not timed:
            wrong.append(f"{script}: {answer.returncode} {(answer.stdout + answer.stderr).decode()[-800:]}")
        elif defect := SHAPES[kind](shown, answer.stdout):
            wrong.append(f"{script}: {defect}")
    assert wrong == []


def json_defect(shown: str, answer: bytes) -> str:
    return unlike(orjson.loads(shown), orjson.loads(answer), "answer")


def unlike(shown: Any, answer: Any, where: str) -> str:
    """Where an answer lacks what is shown, or has something else there; empty: nowhere. Values may differ."""
    if isinstance(shown, dict) and isinstance(answer, dict):
        missing = shown.keys() - answer.keys()
        inside = (unlike(value, answer[name], f"{where}.{name}") for name, value in shown.items() if name in answer)
        return f"{where} has no {sorted(missing)}" if missing else next(filter(None, inside), "")
    if isinstance(shown, list) and isinstance(answer, list):
        if shown and not answer:
            return f"{where} is empty"
        return next((unlike(one, answer[0], f"{where}[0]") for one in shown), "")
    number = isinstance(shown, int | float) and isinstance(answer, int | float)
    return "" if type(shown) is type(answer) or number else f"{where} is {answer!r:.80}, not like {shown!r:.80}"


def csv_defect(shown: str, answer: bytes) -> str:
    columns, rows = next(csv.reader([shown])), list(csv.reader(answer.decode().splitlines()))
    return "" if rows[0][: len(columns)] == columns and len(rows) > 1 else f"begins {rows[:1]}"


def xml_defect(shown: str, answer: bytes) -> str:
    expected, found = etree.fromstring(shown), etree.fromstring(answer)
    same = expected.tag == found.tag and expected.attrib.keys() <= found.attrib.keys()
    return "" if same else f"{found.tag} {dict(found.attrib)}"


def text_defect(shown: str, answer: bytes) -> str:
    """Line by line the same up to the first character that varies from feed to feed."""
    beginnings = [re.split(r"[\d…{]", line)[0] for line in shown.splitlines()]
    lines = answer.decode().splitlines()
    wrong = [line for line, begins in zip(lines, beginnings, strict=False) if not line.startswith(begins)]
    return f"{wrong[0]!r}" if wrong or len(lines) < len(beginnings) else ""


SHAPES = {
    "json": json_defect,
    "csv": csv_defect,
    "xml": xml_defect,
    "text": text_defect,
    "": lambda shown, answer: "",
}


def test_every_feed_of_the_front_page_has_an_example(reader):
    """One version or profile, and one of several encodings, stand for the others."""
    feeds = (ROOT / "templates" / "docs" / "feeds.md").read_text()
    shown = {alike(path) for path in re.findall(DEMO + r"(/open/[^\s\"?]+)", feeds)}
    offered = re.findall(r'data-copy="https?://[^/]+(/open/[^"]+)"', reader.get("/").text)
    assert {alike(path) for path in offered if not path.startswith("/open/party/")} <= shown


def alike(path: str) -> str:
    return re.sub(r"\.(json|xml|csv)$", "", re.sub(r"/(v?\d[\w.-]*|de-[\d-]+)/", "/*/", path))


@pytest.mark.parametrize(
    ("shown", "answer"),
    [({"a": 1}, {}), ({"a": [1]}, {"a": []}), ({"a": {"b": ""}}, {"a": {"b": 1}}), ([{"a": 1}], [{"b": 1}])],
)
def test_another_shape_is_noticed(shown, answer):
    assert unlike(shown, answer, "answer")
