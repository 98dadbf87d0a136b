"""`chargefeed destinations` and `chargefeed replay`: how each destination is doing, and what a person may do about it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.clock import format_time
from app.errors import ConfigError
from app.settings import Settings, config_file, load
from app.terminal import say, table

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from app.delivery.settings import DestinationSettings
    from app.delivery.states import Standing

destinations = typer.Typer(help="Where what is public is pushed, and how that is going.", no_args_is_help=True)

Config = Annotated[
    Path | None,
    typer.Option(
        help="The settings; else $CHARGEFEED_CONFIG, ./chargefeed.yaml, or the demo network.",
        show_default=False,
    ),
]
Name = Annotated[str, typer.Argument(help="As `destinations list` shows it.")]


@destinations.command("list")
def list_all(config: Config = None) -> None:
    """State, how far it has come, what is due, what is refused, the last error."""
    from app.delivery.states import read_standings
    from app.registry.database import reading

    settings = _settings(config)
    with reading(_engine(settings)) as connection:
        known = {standing.state.destination: standing for standing in read_standings(connection)}
    columns = ("destination", "type", "state", "up to", "due", "waiting since", "refused", "last success", "error")
    table(columns, [_row(each, known.get(each.name)) for each in settings.destinations])


def _row(settings: DestinationSettings, standing: Standing | None) -> tuple[str, ...]:
    if standing is None:
        return (settings.name, settings.type, "new", *[""] * 6)
    state, waiting = standing.state, standing.waiting_since
    return (
        settings.name,
        settings.type,
        state.word,
        str(standing.delivered),
        str(standing.due),
        format_time(waiting) if waiting is not None else "",
        str(standing.refused),
        format_time(state.succeeded_at) if state.succeeded_at is not None else "",
        state.error or "",
    )


@destinations.command()
def problems(name: Name, config: Config = None) -> None:
    """What it refuses, and what is missing from what it gets: object, field, reason, remedy."""
    from app.delivery.states import read_problems
    from app.registry.database import reading

    settings = _settings(config)
    _named(settings, name)
    with reading(_engine(settings)) as connection:
        found = read_problems(connection, name)
    columns = ("object", "severity", "field", "problem", "rule", "remedy")
    names = ("record", "severity", "path", "what", "rule", "remedy")
    table(columns, [tuple(str(problem.get(field, "")) for field in names) for problem in found])


@destinations.command()
def pause(name: Name, config: Config = None) -> None:
    """Sends nothing there until it is resumed; what changes meanwhile is noted."""
    from app.delivery.states import set_paused

    _write(_settings(config), name, partial(set_paused, paused=True))
    say(f"{name} is paused: nothing is sent there")


@destinations.command()
def resume(name: Name, config: Config = None) -> None:
    """Goes on where it was paused, at once also where it is waiting after a failure; releases a full load that is held back."""
    from app.delivery.states import set_paused

    _write(_settings(config), name, partial(set_paused, paused=False))
    say(f"{name} goes on")


@destinations.command()
def retry(name: Name, config: Config = None) -> None:
    """Tries at once whatever waits after a failure."""
    from app.delivery.states import retry_now

    _write(_settings(config), name, retry_now)
    say(f"{name} is tried again")


def replay(
    since: Annotated[int, typer.Option(min=0, help="What changed after this sequence is sent again; 0: everything.")],
    to: Annotated[str | None, typer.Option(help="One destination; else all.", show_default=False)] = None,
    config: Config = None,
) -> None:
    """Has destinations be sent again what they were sent before, as it is now."""
    from app.clock import SystemClock
    from app.delivery.base import make_destination
    from app.delivery.replay import replay as again

    settings = _settings(config)
    wanted = settings.destinations if to is None else (_named(settings, to),)
    engine = _engine(settings)
    for each in wanted:
        number = again(engine, make_destination(each, SystemClock()), since)
        say(f"{each.name}: {'everything' if number is None else number} will be sent again")


def _write(settings: Settings, name: str, change: Callable[[Connection, str], bool]) -> None:
    from app.registry.database import writing

    _named(settings, name)
    with writing(_engine(settings)) as connection:
        if not change(connection, name):
            raise ConfigError("nothing was ever sent there", where=f"destination {name}", remedy="Start a worker first")


def _named(settings: Settings, name: str) -> DestinationSettings:
    for each in settings.destinations:
        if each.name == name:
            return each
    known = ", ".join(each.name for each in settings.destinations) or "there is none"
    raise ConfigError(f"no destination is called `{name}`", remedy=f"Known: {known}")


def _settings(config: Path | None) -> Settings:
    return load(config_file(config))


def _engine(settings: Settings) -> Engine:
    from app.registry.database import migrate, open_engine

    engine = open_engine(settings.database)
    migrate(engine)
    return engine
