"""deploy/security.md: every door is in it, and every test that it names as a proof exists."""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest

from app.sources.base import source_class, source_types
from tests.shared import ROOT
from tests.web.routes import needs

PAGE = (ROOT / "deploy" / "security.md").read_text()
PROOFS = sorted(set(re.findall(r"`(tests/[^`]+)::([^`]+)`", PAGE)))
DOORS = PAGE.partition("## What listens")[2].partition("##")[0]


@cache
def functions_of(file: str) -> set[str]:
    tree = ast.parse((ROOT / file).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize(("file", "name"), PROOFS)
def test_every_proof_is_a_test(file: str, name: str) -> None:
    assert name in functions_of(file)


def test_every_file_that_it_names_is_there() -> None:
    named = set(re.findall(r"deploy/[\w./-]*\w", PAGE))
    assert len(named) > 4
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_every_threat_has_its_proof() -> None:
    table = PAGE.partition("| Where | | Threat |")[2].partition("\n\n")[0].splitlines()[2:]
    assert len(table) > 25
    assert [row for row in table if "`tests/" not in row] == []
    assert {row.split("|")[2].strip() for row in table} == set("STRIDE")


def test_every_source_that_listens_is_a_door() -> None:
    listening = [
        type_ for type_ in source_types() if {"host", "port"} <= source_class(type_).Settings.model_fields.keys()
    ]
    assert len(listening) > 2
    assert [type_ for type_ in listening if f"`{type_}`" not in DOORS] == []


def test_every_part_of_the_site_that_needs_a_token_is_a_door() -> None:
    closed = {f"/{need.path.split('/')[1]}" for need in needs().values() if need.needs != "nothing"}
    assert [part for part in closed if f"`{part}/…`" not in DOORS] == []
