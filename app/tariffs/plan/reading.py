"""Price plans from YAML files; a defect names file, line, field and what to write instead."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from app.errors import ConfigError
from app.marked_yaml import Marked, read_marked, validated
from app.tariffs.plan.language import Plan


def read_plan(path: Path, environment: Mapping[str, str] | None = None) -> Plan:
    """Raises ConfigError for the first defect; the others are its notes."""
    if not path.is_file():
        raise ConfigError("no such file", where=str(path), remedy="Name a price plan; config/plans/ has examples")
    errors: list[ConfigError] = []
    plan = plan_of(read_marked(path, environment or {}), errors)
    if plan is None:
        first, *others = errors
        for other in others:
            first.add_note(str(other))
        raise first
    return plan


def plan_of(marked: Marked, errors: list[ConfigError]) -> Plan | None:
    """The plan that a document is; None where it is refused, with its defects added to `errors`."""
    if not isinstance(marked.data, dict):
        errors.append(ConfigError("the file must hold `name: value` pairs", where=marked.where(())))
        return None
    return validated(Plan, marked.data, (), marked, errors, example="config/plans/")
