"""`chargefeed init`, `doctor`, `backup` and `restore`: an installation begins, ails, is kept and comes back."""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Annotated

import typer

from app.clock import SystemClock
from app.errors import ConfigError
from app.model.codes import COUNTRIES_ALPHA2
from app.settings import config_file, load
from app.starting import BACKENDS, OF_COUNTRY, TARGETS, WITH_STATUSES, WITHOUT_URL, Answers, write_settings
from app.terminal import BAD, OK, progress, say, table

EXIT_PROBLEMS = 1

Config = Annotated[
    Path | None,
    typer.Option(
        help="The settings; else $CHARGEFEED_CONFIG, ./chargefeed.yaml, or the demo network.",
        show_default=False,
    ),
]


def init(
    file: Annotated[Path, typer.Argument(help="The settings to write.")] = Path("chargefeed.yaml"),
    operator: Annotated[str | None, typer.Option(help="Who publishes.", show_default=False)] = None,
    country: Annotated[str | None, typer.Option(help="Where they are: DE, FR, US …", show_default=False)] = None,
    party: Annotated[
        str | None, typer.Option(help="The party id: three letters or digits.", show_default=False)
    ] = None,
    backend: Annotated[str | None, typer.Option(help=f"One of {', '.join(BACKENDS)}.", show_default=False)] = None,
    url: Annotated[str | None, typer.Option(help="Where the backend is: URL, or path.", show_default=False)] = None,
    statuses: Annotated[
        str | None, typer.Option(help="Where its statuses are, apart from the rest.", show_default=False)
    ] = None,
    target: Annotated[
        list[str] | None, typer.Option(help=f"Where to push, or none: {', '.join(TARGETS)}.", show_default=False)
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace settings that are there.")] = False,
) -> None:
    """Asks a few questions and writes commented settings; each question can be answered by its option."""
    if file.exists() and not force:
        raise ConfigError("there are settings already", where=str(file), remedy="--force replaces them")
    operator = operator or _asked("Who publishes (name of the operator)", "--operator")
    country = _country(country or _asked("Country (DE, FR, NL …)", "--country"))
    party = _fitting(
        party or _asked("Party id (three letters or digits)", "--party"),
        "[A-Z0-9]{3}",
        "--party",
        "Three letters or digits",
    )
    if backend is None and sys.stdin.isatty():
        table(("backend", "what it is"), BACKENDS.items())
    backend = _one_of(backend or _asked("Backend", "--backend"), BACKENDS, "--backend")
    if url is None and backend not in WITHOUT_URL:
        url = _asked(f"Where it is ({BACKENDS[backend]})", "--url")
    if statuses is None and backend in WITH_STATUSES and sys.stdin.isatty():
        statuses = _asked("Where its statuses are (nothing: with the rest)", "--statuses", "")
    targets = _targets(target, country)
    settings, missing = write_settings(
        Answers(operator, country, party, backend, url or "", statuses or "", targets), file, force=force
    )
    say(
        f"{file} written: sources: {len(settings.sources)}, destinations: {len(settings.destinations)}. What to do next:"
    )
    secrets = file.with_suffix(".env")
    if missing:
        say(f"  fill in {', '.join(missing)} in {secrets}")
    for step in (
        f"set -a; . {secrets.absolute()}; set +a",
        f"chargefeed check --config {file}",
        f"chargefeed run --config {file}",
    ):
        say(f"  {step}")


def doctor(config: Config = None) -> None:
    """Looks at a running installation: what is wrong with it, and what to do. Exit code 1 where something is."""
    from app import log
    from app.doctor import examine

    log.configure("doctor", logging.CRITICAL)
    path = config_file(config)
    settings = load(path)
    with progress("looking") as doing:
        rows = examine(settings, doing, SystemClock())
    cells = [(row.what, OK if row.ok else BAD, row.detail) for row in rows]
    table(("what", "result", "detail"), [("settings", OK, str(path)), *cells])
    if not all(row.ok for row in rows):
        raise typer.Exit(EXIT_PROBLEMS)


def backup(
    folder: Annotated[Path, typer.Argument(help="Where backups are kept: each is a folder in it.")],
    config: Config = None,
) -> None:
    """Saves database, keys and settings while all runs. It holds secrets: keep it encrypted, and on another machine."""
    from app.backup import back_up

    os.umask(0o077)
    path = config_file(config)
    say(str(back_up(load(path), path, folder, SystemClock().now())))


def restore(
    folder: Annotated[Path, typer.Argument(help="A backup, as `backup` named it.")],
    config: Config = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the database and the keys that are there.")] = False,
) -> None:
    """Puts a backup back; every process must be stopped. The feed begins a new life, the ledger goes on."""
    from app.backup import restore as put_back

    about = put_back(load(config_file(config)), folder, force=force)
    say(
        f"restored as of {about.made}, sequence {about.sequence}. Start the workers; `chargefeed doctor` tells how they fare"
    )


def _targets(given: list[str] | None, country: str) -> list[str]:
    if given is None:
        usual = OF_COUNTRY.get(country, "none")
        answer = (
            _asked(f"Where to push ({', '.join(TARGETS)}, or none)", "--target", usual)
            if sys.stdin.isatty()
            else "none"
        )
        given = re.split(r"[,\s]+", answer)
    return [_one_of(each, TARGETS, "--target") for each in given if each not in ("none", "")]


def _asked(question: str, option: str, default: str | None = None) -> str:
    """Raises ConfigError where nobody is there to answer."""
    if not sys.stdin.isatty():
        raise ConfigError(f"no answer to: {question}", remedy=f"Give it by {option}")
    return str(typer.prompt(question, default=default, show_default=bool(default)))


def _country(answer: str) -> str:
    found = COUNTRIES_ALPHA2.repair(answer)
    if found is None:
        remedy = "Two letters, as ISO 3166-1 has them: DE, FR, US; GB for the United Kingdom"
        raise ConfigError(f"{answer!r} is no country", where="--country", remedy=remedy)
    return found


def _fitting(answer: str, pattern: str, option: str, form: str) -> str:
    answer = answer.strip().upper()
    if not re.fullmatch(pattern, answer):
        raise ConfigError(f"{answer!r} does not fit", where=option, remedy=form)
    return answer


def _one_of(answer: str, known: Collection[str], option: str) -> str:
    if answer not in known:
        raise ConfigError(f"{answer!r} is not known", where=option, remedy=f"One of {', '.join(known)}")
    return answer
