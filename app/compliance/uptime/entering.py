"""What a person enters about spans, from a command line or a file, checked against the network and its outages.

A row names one port, location, party or source; a span with its zone; a cause; who says so, and why. Wrong rows are refused one
by one, each with file, line, field and remedy. What is right but may be meant otherwise is remarked on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from app.clock import Millis, format_time, to_millis
from app.compliance.uptime.excluding import hours
from app.compliance.uptime.figures import Cause
from app.compliance.uptime.spans import Spans, both, length, merged
from app.errors import ConfigError
from app.registry.downtime import downtimes
from app.registry.exclusions import Level, Place, Statement, entered, evses_at, place_exists, ports_named, same
from app.spreadsheet import lines_of

PLACES = tuple(level.value for level in Level)
COLUMNS = (*PLACES, "since", "until", "cause", "who", "why", "evidence")
_AS = "Write it with its zone, as 2026-09-01T14:30:00-04:00 or 2026-09-01T18:30:00Z"
_FROM_KEY = {
    Level.LOCATION: "US*ABC/LOC1",
    Level.PARTY: "US*ABC",
    Level.SOURCE: "as `sources` in the settings names it",
}


class Refused(ConfigError):
    """A row that cannot be taken; `field` is its column."""


@dataclass
class Entries:
    """What a file holds."""

    statements: list[tuple[str, Statement]] = field(default_factory=list)
    """With file:line."""
    refused: list[Refused] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    """Rows that were entered before, in sentences."""


def read_file(path: Path, connection: Connection, causes: Collection[str]) -> Entries:
    """CSV or XLSX with the columns of COLUMNS, in any order. Raises ConfigError where it is no such file."""
    found, lines = Entries(), lines_of(_content(path), str(path), ConfigError)
    header = _header(path, next(lines, (1, ()))[1])
    taken: dict[tuple[Place, Millis, Millis, str], str] = {}
    for number, cells in lines:
        if not any(cells):
            continue
        where = f"{path}:{number}"
        try:
            statement = read(dict(zip(header, cells, strict=False)), connection, causes, where)
        except Refused as error:
            found.refused.append(error)
            continue
        alike = statement.place, statement.since, statement.until, statement.says
        if (before := same(connection, statement)) is not None:
            found.known.append(f"{where}: entered before, as exclusion {before}; not again")
        elif alike in taken:
            found.known.append(f"{where}: the same as {taken[alike]}; not again")
        else:
            taken[alike] = where
            found.statements.append((where, statement))
    return found


def read(fields: Mapping[str, str], connection: Connection, causes: Collection[str], where: str) -> Statement:
    """Of texts by column. Raises Refused."""
    since, until = (_time(fields.get(name, ""), name, where) for name in ("since", "until"))
    if until <= since:
        raise Refused(
            "ends before it begins", where=where, field="until", remedy="Exchange `since` and `until`, or correct one"
        )
    says = fields.get("cause", "").lower()
    if says not in causes:
        remedy = f"Known here: {', '.join(causes)}"
        raise Refused(f"{says!r} is no cause" if says else "no cause", where=where, field="cause", remedy=remedy)
    for name in ("who", "why"):
        if not fields.get(name):
            remedy = "Say who stands for it" if name == "who" else "Say what happened, in words an auditor understands"
            raise Refused(f"`{name}` is empty", where=where, field=name, remedy=remedy)
    place = _place(fields, connection, where)
    return Statement(place, since, until, says, fields["who"], fields["why"], fields.get("evidence") or None)


def remarks(statement: Statement, connection: Connection) -> Iterator[str]:
    """What the person should know: nothing of it is wrong. The condensed outages must be up to date."""
    since, until = statement.since, statement.until
    ids = evses_at(connection, statement.place)
    found = downtimes(connection, ids, since, until)
    spans = merged((one.since, one.until or until) for mine in found.values() for one in mine)
    down = both(spans, [(since, until)])
    if not down:
        if statement.says != "outage":
            yield "there is no outage in it, so it changes nothing"
    elif length(down) < until - since and statement.says in set(Cause):
        yield f"longer than the outages in it: of {hours(until - since)} only {hours(length(down))} count"
    if statement.says in set(Cause):
        yield from _overlaps(statement, down, connection)


def _overlaps(statement: Statement, down: Spans, connection: Connection) -> Iterator[str]:
    for one in entered(connection, statement.since, statement.until):
        if one.said.place == statement.place and one.said.says in set(Cause):
            shared = both(down, [(one.said.since, one.said.until)])
            yield f"overlaps exclusion {one.id} for {hours(length(shared))} of outage, which counts once"


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(error.strerror or str(error), where=str(path), remedy="Check the path") from error


def _header(path: Path, cells: Sequence[str]) -> list[str]:
    header = [cell.lower() for cell in cells]
    strange = [name for name in header if name and name not in COLUMNS]
    missing = [name for name in ("since", "until", "cause", "who", "why") if name not in header]
    if strange or missing:
        what = f"unknown column {strange[0]!r}" if strange else f"there is no column `{missing[0]}`"
        raise ConfigError(what, where=f"{path}:1", remedy=f"The columns are {', '.join(COLUMNS)}")
    return header


def _time(text: str, name: str, where: str) -> Millis:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(f"{text!r} is no time" if text else "no time", where=where, field=name, remedy=_AS) from None
    if moment.tzinfo is None:
        raise Refused(f"{text} has no zone, so it could be any of a day's", where=where, field=name, remedy=_AS)
    return to_millis(moment)


def _place(fields: Mapping[str, str], connection: Connection, where: str) -> Place:
    given = [name for name in PLACES if fields.get(name)]
    if len(given) != 1:
        what = "nothing says what it is about" if not given else f"{' and '.join(given)} are both given"
        raise Refused(
            what, where=where, field=given[-1] if given else "port", remedy=f"Fill one of {', '.join(PLACES)}"
        )
    level, name = Level(given[0]), fields[given[0]]
    if level is Level.PORT:
        return _port(name, connection, where)
    place = Place(level, name if level is Level.SOURCE else name.lower())
    if not place_exists(connection, place):
        raise Refused(
            f"there is no {level} {name}", where=where, field=level.value, remedy=f"Name it {_FROM_KEY[level]}"
        )
    return place


def _port(name: str, connection: Connection, where: str) -> Place:
    rows = ports_named(connection, name)
    if len(rows) == 1:
        return Place(Level.PORT, rows[0].key)
    if rows:
        named = ", ".join(row.key.upper() for row in rows)
        raise Refused(f"{name} may be any of {named}", where=where, field="port", remedy="Name it by one of those")
    remedy = "Name it by its EVSE id, or as US*ABC/uid; `chargefeed report uptime` lists them"
    raise Refused(f"there is no port {name}", where=where, field="port", remedy=remedy)


def told(statement: Statement) -> str:
    """`port us*abc/e1, 2026-09-01T14:30:00.000Z to …: vandalism`."""
    span = f"{format_time(statement.since)} to {format_time(statement.until)}"
    return f"{statement.place}, {span}: {statement.says}"
