"""Price plans from YAML files; a defect names file, line, field and what to write instead."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from app.errors import ConfigError
from app.marked_yaml import read_marked, validated
from app.tariffs.plan.language import Plan


def read_plan(path: Path, environment: Mapping[str, str] | None = None) -> Plan:
    """Raises ConfigError for the first defect; the others are its notes."""
    if not path.is_file():
        raise ConfigError("no such file", where=str(path), remedy="Name a price plan; config/plans/ has examples")
    marked = read_marked(path, environment or {})
    if not isinstance(marked.data, dict):
        raise ConfigError("the file must hold `name: value` pairs", where=marked.where(()))
    errors: list[ConfigError] = []
    plan = validated(Plan, marked.data, (), marked, errors, example="config/plans/")
    if plan is None or errors:
        first, *others = errors
        for other in others:
            first.add_note(str(other))
        raise first
    return plan
