"""What a receiver asks for beyond the format, and how it is to be treated: a file of `config/receivers`, or one of your own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from app.errors import ConfigError
from app.marked_yaml import read_marked, validated
from app.model.batch import Kind
from app.model.identifiers import compare_key
from app.model.part import Part
from app.model.problem import Problem, Severity
from app.registry.status import REMOVED
from app.shipped import shipped


class Demands(Part):
    title: str
    """Who asks."""
    required: tuple[str, ...] = ()
    """Fields of a location that are mandatory here: `opening_times`, `evses[].connectors[].tariff_ids`."""
    required_of_tariffs: tuple[str, ...] = ()
    """Fields of a tariff that are."""
    evse_ids_of_operator: bool = False
    """An EVSE id must begin with the party whose location it is."""
    incomplete: Literal["send", "withhold"] = "send"
    """What becomes of a location or tariff without them."""
    settings: dict[str, Any] = {}
    """What is preset for a partner with this `profile`; its own settings may say otherwise."""

    def missing(self, kind: Kind, body: dict[str, Any], record: str) -> tuple[Problem, ...]:
        """A problem for each required field that the object lacks. Of an EVSE that is REMOVED nothing is required."""
        required = self.required_of_tariffs if kind is Kind.TARIFFS else self.required
        rule, remedy = f"{self.title}: required", "Give it in the backend, or in the overlay"
        lacking = (path for field in required for path in _lacking(body, field.split("."), ""))
        found = [
            Problem("missing", self._severity, record=record, path=path, rule=rule, remedy=remedy) for path in lacking
        ]
        return (*found, *(self._foreign_ids(body, record) if self.evse_ids_of_operator else ()))

    @property
    def _severity(self) -> Severity:
        return Severity.REFUSED if self.incomplete == "withhold" else Severity.NOTE

    def _foreign_ids(self, location: dict[str, Any], record: str) -> Iterator[Problem]:
        begins = compare_key(f"{location['country_code']}{location['party_id']}")
        for index, evse in enumerate(location.get("evses") or ()):
            id_ = evse.get("evse_id")
            if id_ and evse.get("status") != REMOVED and not compare_key(id_).startswith(begins):
                what, rule = "begins with another operator's id", f"{self.title}: an EVSE id begins with its party"
                path, remedy = f"evses[{index}].evse_id", "Publish it under the party that operates it"
                yield Problem(what, self._severity, record=record, path=path, value=id_, rule=rule, remedy=remedy)


def _shipped() -> dict[str, Path]:
    return {file.stem: file for file in sorted((shipped("config") / "receivers").glob("*.yaml"))}


def known_receiver(value: Any) -> Any:
    """Raises ValueError where no file is called so."""
    if isinstance(value, str) and value.endswith((".yaml", ".yml")):
        return Path(value)
    if isinstance(value, str) and value not in _shipped():
        raise ValueError(f"no receiver `{value}`; known: {', '.join(_shipped())}; or a file, ….yaml")
    return value


ReceiverName = Annotated[str | Path, BeforeValidator(known_receiver)]
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
    if isinstance(value, dict) or not name.endswith("[]"):
        yield from _lacking(value or {}, rest, f"{path}{field}.")
        return
    for index, part in enumerate(value or []):
        if part.get("status") != REMOVED:
            yield from _lacking(part, rest, f"{path}{field}[{index}].")
