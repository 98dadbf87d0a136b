"""`chargefeed partner`: who registers by OCPI's credentials, and how each registration and its push stand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.clock import Millis, SystemClock, ago
from app.errors import ConfigError, PartnerError
from app.settings import Settings, config_file, load
from app.terminal import complain, say, table

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from app.delivery.states import Standing
    from app.roaming.handshake import Handshakes
    from app.roaming.partners import Registration
    from app.roaming.settings import PartnerSettings

EXIT_PROBLEMS = 1
ROTATED_EVERY: Millis = 30 * 86_400_000
"""OCPI advises to exchange the tokens at least once a month (credentials module, Updating the credentials)."""

partner = typer.Typer(help="Who registers here by OCPI's credentials, or we there.", no_args_is_help=True)

Config = Annotated[
    Path | None,
    typer.Option(
        help="The settings; else $CHARGEFEED_CONFIG, ./chargefeed.yaml, or the demo network.",
        show_default=False,
    ),
]
Name = Annotated[str, typer.Argument(help="Of the partner, as `partners` in the settings calls it.")]


@partner.command()
def add(
    name: Name,
    versions_url: Annotated[
        str | None, typer.Option(help="Its versions endpoint: we register there.", show_default=False)
    ] = None,
    token: Annotated[
        str | None, typer.Option(help="The token A that it gave us.", envvar="CHARGEFEED_TOKEN_A", show_default=False)
    ] = None,
    config: Config = None,
) -> None:
    """Invites a partner: prints the token A to hand out. With --token: registers at the partner."""
    settings = load(config_file(config))
    known = next((each for each in settings.partners if each.name == name), None)
    if known is None:
        say(f"# Add these lines to the settings, then run this again:\npartners:\n  - name: {name}")
        say("    parties: [NL*ABC]            # whose objects it sees; everybody's where this is left out")
        raise typer.Exit(EXIT_PROBLEMS)
    own = _handshakes(settings)
    registration = own.partners.read(name)
    if registration is not None and registration.word in ("registered", "blocked"):
        raise PartnerError(
            f"it is {registration.word} already", where=name, remedy="`chargefeed partner rotate` or `remove`"
        )
    if token is None:
        _invite(own, known)
        return
    url = versions_url or known.versions_url
    if url is None:
        raise typer.BadParameter("with --token the partner's versions endpoint is needed", param_hint="--versions-url")
    found = own.begin(known, url, token)
    say(f"{name} is registered: OCPI {found.version}, {', '.join(found.roles)}")


@partner.command("list")
def list_all(config: Config = None) -> None:
    """State, version, last contact, age of the tokens, what is due, the last error."""
    from app.delivery.states import read_standings
    from app.registry.database import reading

    settings = load(config_file(config))
    own, engine = _handshakes(settings), _engine(settings)
    with reading(engine) as connection:
        standings = {standing.state.destination: standing for standing in read_standings(connection)}
    columns = ("partner", "state", "version", "parties", "last contact", "tokens", "push", "due", "lag", "error")
    rows = [_row(each, own.partners.read(each.name), standings.get(each.name)) for each in settings.partners]
    table(columns, rows)


@partner.command("test")
def look(name: Name, config: Config = None) -> None:
    """Reads a registered partner's versions and details, and says what is wrong with them."""
    own, known = _named(config, name)
    found = own.look(known)
    say(f"{name} answers: OCPI {found.version}, {', '.join(sorted(found.endpoints))}")


@partner.command()
def rotate(name: Name, config: Config = None) -> None:
    """Exchanges the tokens of a registered partner; one that is not registered is invited anew, by another token A."""
    own, known = _named(config, name)
    registration = own.partners.read(name)
    if registration is None or registration.counterparty is None:
        _invite(own, known)
        return
    own.rotate(known)
    say(f"{name}: both tokens are new")


@partner.command()
def remove(name: Name, config: Config = None) -> None:
    """Ends the registration: nothing is sent to the partner any more, no token of it is good, and it is told (DELETE)."""
    own, known = _named(config, name)
    registration = own.partners.read(name)
    if registration is None or registration.counterparty is None:
        own.partners.forget(name)
        say(f"{name} is not registered; its token A is no longer good")
        return
    try:
        own.end(known)
    except PartnerError as error:
        complain(f"chargefeed: it could not be told: {error}")
        say(f"{name} is unregistered here")
        raise typer.Exit(EXIT_PROBLEMS) from None
    say(f"{name} is unregistered, here and there")


@partner.command()
def block(
    name: Name, off: Annotated[bool, typer.Option("--off", help="Lets it in again.")] = False, config: Config = None
) -> None:
    """Lets a partner read nothing and sends it nothing, until that is taken back; its registration stays."""
    own, _ = _named(config, name)
    own.partners.block(name, blocked=not off)
    say(f"{name} is {'let in again' if off else 'blocked'}")


def _invite(own: Handshakes, partner: PartnerSettings) -> None:
    token = own.partners.invite(partner.name)
    say(f"Hand these to {partner.name}, over a channel that nobody else reads:")
    say(f"  versions  {own.ourselves.versions_url}")
    say(f"  token A   {token}")


def _row(settings: PartnerSettings, known: Registration | None, standing: Standing | None) -> tuple[str, ...]:
    now = SystemClock().now()
    if known is None:
        return (settings.name, "new", *[""] * 8)
    found, rotated, contacted = known.counterparty, known.rotated_at, known.contacted_at
    tokens = "" if rotated is None else ago(rotated, now)
    if rotated is not None and now - rotated > ROTATED_EVERY:
        tokens += ", to be rotated"
    pushed = ("", "", "", "") if standing is None or found is None else _push(standing, now)
    return (
        settings.name,
        known.word,
        found.version if found else "",
        ", ".join(found.roles) if found else "",
        "" if contacted is None else ago(contacted, now),
        tokens,
        *(pushed if settings.push else ("off", "", "", "")),
    )


def _push(standing: Standing, now: Millis) -> tuple[str, str, str, str]:
    since = standing.waiting_since
    return standing.state.word, str(standing.due), "" if since is None else ago(since, now), standing.state.error or ""


def _named(config: Path | None, name: str) -> tuple[Handshakes, PartnerSettings]:
    settings = load(config_file(config))
    for each in settings.partners:
        if each.name == name:
            return _handshakes(settings), each
    known = ", ".join(each.name for each in settings.partners) or "there is none"
    raise ConfigError(f"no partner is called `{name}`", remedy=f"Known: {known}")


def _handshakes(settings: Settings) -> Handshakes:
    from app.partnering import open_handshakes

    return open_handshakes(settings, _engine(settings))


def _engine(settings: Settings) -> Engine:
    from app.registry.database import migrate, open_engine

    engine = open_engine(settings.database)
    migrate(engine)
    return engine
