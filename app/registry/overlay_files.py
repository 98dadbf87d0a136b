"""Reading overlay files: YAML for facts about many objects at once, CSV or XLSX (first sheet) for tables of them.

YAML is a list; each entry names what it is about and what it says:

    - for: {party: DE*ABC, location: "BER-*"}       # also: station, evse, connector
      set: {help_phone: "+49 30 0000000", operator: {legal_name: "Example GmbH"}}
      override: true                                # default: fill gaps only
      from: 2027-01-01T00:00:00+01:00               # default: always; a day alone begins at midnight UTC

A table has the same words as columns (`party`, `location`, `station`, `evse`, `connector`, `override`, `from`), then one per
field, with dots for nesting (`operator.legal_name`). Empty cells say nothing; what may stand in one is in overlay_cells. Columns
whose name begins with `#`, and lines above the header that do, are for people. The narrowest object that is named is the one
the fields belong to.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import structlog
from pydantic import create_model

from app.clock import Millis, parse_time
from app.errors import ConfigError
from app.marked_yaml import read_marked
from app.model.canonical import static_body
from app.model.problem import Problem, Severity
from app.model.salvage import salvage
from app.model.shape import fields
from app.model.types import Model
from app.registry.overlay import ANY, LEVELS, Fact, Overlay
from app.registry.overlay_cells import YES, nested, typed, unknown
from app.spreadsheet import lines_of

LOOK_EVERY_S = 1.0
log = structlog.get_logger()

TARGETS = ("party", "location", "station", "evse", "connector")
TABLES = (".csv", ".xlsx")
REMARK = "#"


def load_overlay(paths: Iterable[Path], environment: Mapping[str, str]) -> Overlay:
    """Reads all files. One bad entry never loses the others: it is among `Overlay.problems`.

    Raises ConfigError for a file that cannot be read at all.
    """
    facts: list[Fact] = []
    problems: list[Problem] = []
    for path in paths:
        entries = _table(path) if path.suffix.lower() in TABLES else _yaml(path, environment, problems)
        for entry in entries:
            _read(entry, facts, problems)
    return Overlay(facts, problems)


class OverlayFiles:
    """The overlay as the files have it now: read again when one of them changes. A file that cannot be read leaves the
    last one."""

    def __init__(self, paths: Sequence[Path], environment: Mapping[str, str]) -> None:
        self._paths = tuple(paths)
        self._environment = environment
        self._lock = threading.Lock()
        self._seen = self._stamps()
        self._looked = time.monotonic()
        self._overlay = load_overlay(self._paths, environment)

    def __call__(self) -> Overlay:
        with self._lock:
            if self._paths and time.monotonic() - self._looked >= LOOK_EVERY_S:
                self._look()
                self._looked = time.monotonic()
            return self._overlay

    def _look(self) -> None:
        stamps = self._stamps()
        if stamps == self._seen:
            return
        self._seen = stamps
        try:
            self._overlay = load_overlay(self._paths, self._environment)
        except ConfigError as error:
            log.error("overlay not read; the last one stays", error=str(error))
            return
        log.info("overlay", facts=len(self._overlay.facts), problems=len(self._overlay.problems))
        for problem in self._overlay.problems:
            log.warning("problem", **problem.as_dict())

    def _stamps(self) -> list[tuple[int, int]]:
        found = []
        for path in self._paths:
            try:
                stat = path.stat()
            except OSError:
                found.append((0, 0))
            else:
                found.append((stat.st_mtime_ns, stat.st_size))
        return found


class Entry(NamedTuple):
    where: str
    about: dict[str, Any]
    """What it names."""
    said: dict[str, Any]
    override: str
    """As written, as is …"""
    since: str
    """… from when on it holds."""


def _yaml(path: Path, environment: Mapping[str, str], problems: list[Problem]) -> Iterable[Entry]:
    marked = read_marked(path, environment)
    if not isinstance(marked.data, list) and marked.data:
        raise ConfigError("an overlay is a list of entries", where=str(path), remedy="begin each entry with `- for:`")
    for index, entry in enumerate(marked.data or ()):
        where = marked.where((index,))
        if (
            not isinstance(entry, dict)
            or not isinstance(entry.get("set"), dict)
            or not isinstance(entry.get("for", {}), dict)
        ):
            problems.append(
                _problem("an entry needs `for` and `set`", where, remedy="write `- for: {…}` and `set: {…}`")
            )
            continue
        for name in entry.keys() - {"for", "set", "override", "from"}:
            problems.append(
                _problem(
                    f"unknown word `{name}`", marked.where((index, name)), remedy="known: for, set, override, from"
                )
            )
        override, since = (str(entry.get(name, "")) for name in ("override", "from"))
        yield Entry(where, entry.get("for", {}), entry["set"], override, since)


def _table(path: Path) -> Iterable[Entry]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"cannot be read: {error}", where=str(path)) from None
    header: Sequence[str] = ()
    for line, cells in lines_of(content, str(path), ConfigError):
        if not any(header):
            header = cells
            continue
        said = {name: cell for name, cell in zip(header, cells, strict=False) if cell and name and name[0] != REMARK}
        about = {name: said.pop(name) for name in TARGETS if name in said}
        override, since = said.pop("override", ""), said.pop("from", "")
        if said:
            yield Entry(f"{path}:{line}", about, nested(said), override, since)


def _read(entry: Entry, facts: list[Fact], problems: list[Problem]) -> None:
    where, about, said, override, since = entry
    strange = about.keys() - set(TARGETS)
    if strange or override.lower() not in YES:
        what = (
            f"`for` knows {', '.join(TARGETS)}, not {', '.join(sorted(strange))}"
            if strange
            else f"override is yes or no, not {override}"
        )
        problems.append(_problem(what, where, remedy="correct the entry; it was left out"))
        return
    try:
        begins = _moment(since)
    except ValueError:
        remedy = "write a day, 2027-01-01, or a time, 2027-01-01T00:00:00+01:00; it was left out"
        problems.append(_problem(f"from is no time: {since[:80]}", where, remedy=remedy))
        return
    level = next((name for name in reversed(TARGETS[1:]) if name in about), "location")
    model = LEVELS[level]
    found = salvage(_facts_of(model), typed(model, said), f"overlay {level}")
    problems += [_placed(problem, where) for problem in found.problems]
    problems += [_unknown(name, lacking, where) for name, lacking in unknown(model, said)]
    body = static_body(found.model) if found.model is not None else {}
    body = {name: value for name, value in body.items() if name not in _NOT_HERE[level]}
    problems += [_problem(f"`{name}` is not for an overlay", where) for name in _NOT_HERE[level] & said.keys()]
    if body:
        named = {name: str(about.get(name, ANY)) for name in TARGETS}
        facts.append(Fact(where, level, body, YES[override.lower()], **named, since=begins))


def _moment(text: str) -> Millis | None:
    """None where nothing is written. Raises ValueError."""
    if not text:
        return None
    return parse_time(f"{text}T00:00:00Z" if len(text) == len("2027-01-01") else text)


_NOT_HERE = {
    "location": frozenset({"country_code", "party_id", "id", "evses", "last_updated"}),
    "station": frozenset({"id"}),
    "evse": frozenset({"uid", "status", "connectors", "last_updated"}),
    "connector": frozenset({"id", "last_updated"}),
}
"""What makes an object the one it is, and what only a source can know."""


@cache
def _facts_of(model: type[Model]) -> type[Model]:
    """The class with every field optional, also inside nested objects, so that a fact may say just one thing."""
    optional: dict[str, Any] = {}
    for known in fields(model).values():
        info = model.model_fields[known.attribute]
        nested = known.child is not None and not known.many
        kind: Any = _facts_of(known.child) | None if known.child is not None and nested else info.annotation
        if info.metadata and not nested:
            kind = Annotated[kind, *info.metadata]
        optional[known.attribute] = (kind, None)
    facts: type[Model] = create_model(model.__name__, __base__=Model, **optional)
    return facts


def _placed(problem: Problem, where: str) -> Problem:
    return Problem(
        problem.what, problem.severity, "overlay", "", problem.path, where, problem.rule, problem.value, problem.remedy
    )


def _unknown(name: str, model: type[Model], where: str) -> Problem:
    near = get_close_matches(name, list(fields(model)), 1)
    remedy = f"did you mean `{near[0]}`?" if near else f"a {model.__name__} has: {', '.join(fields(model))}"
    return _problem(f"unknown field `{name}`", where, remedy=remedy)


def _problem(what: str, where: str, remedy: str = "") -> Problem:
    return Problem(what, Severity.PARTLY, "overlay", where=where, remedy=remedy)
