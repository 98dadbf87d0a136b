"""What a receiver asks for beyond the format: a file of `config/receivers`, or one of your own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict

from app.errors import ConfigError
from app.marked_yaml import read_marked, validated
from app.model.problem import Problem, Severity
from app.registry.status import REMOVED
from app.shipped import shipped


class Demands(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    title: str
    """Who asks."""
    required: tuple[str, ...] = ()
    """Fields of a location that are mandatory here: `opening_times`, `evses[].connectors[].tariff_ids`."""
    incomplete: Literal["send", "withhold"] = "send"
    """What becomes of a location without them."""

    def missing(self, location: dict[str, Any], record: str) -> tuple[Problem, ...]:
        """A problem for each required field that the location lacks. Of an EVSE that is REMOVED nothing is required."""
        severity = Severity.REFUSED if self.incomplete == "withhold" else Severity.NOTE
        rule, remedy = f"{self.title}: required", "Give it in the backend, or in the overlay"
        return tuple(
            Problem("missing", severity, record=record, path=path, rule=rule, remedy=remedy)
            for field in self.required
            for path in _lacking(location, field.split("."), "")
        )


def _shipped() -> dict[str, Path]:
    return {file.stem: file for file in sorted((shipped("config") / "receivers").glob("*.yaml"))}


def _named(value: Any) -> Any:
    if isinstance(value, str) and value.endswith((".yaml", ".yml")):
        return Path(value)
    if isinstance(value, str) and value not in _shipped():
        raise ValueError(f"no receiver `{value}`; known: {', '.join(_shipped())}; or a file, ….yaml")
    return value


DemandsName = Annotated[str | Path, BeforeValidator(_named)]
"""In settings: the name of a shipped one, or a file."""


def load_demands(name: str | Path) -> Demands:
    """Raises ConfigError."""
    path = name if isinstance(name, Path) else _shipped()[name]
    marked, errors = read_marked(path, {}), list[ConfigError]()
    demands = validated(Demands, marked.data, (), marked, errors, example="config/receivers/ndw.yaml")
    if demands is None:
        raise errors[0]
    return demands


def _lacking(body: dict[str, Any], steps: list[str], path: str) -> Iterator[str]:
    """Paths at which the field is absent or empty; a list that is absent itself has nothing in it that could lack it."""
    name, *rest = steps
    field = name.removesuffix("[]")
    value = body.get(field)
    if not rest:
        if value in (None, [], {}, ""):
            yield f"{path}{field}"
        return
    for index, part in enumerate(value or []):
        if part.get("status") != REMOVED:
            yield from _lacking(part, rest, f"{path}{field}[{index}].")
