"""`chargefeed profiles`: what the access points of the countries take."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from app.settings import shipped
from app.terminal import table

if TYPE_CHECKING:
    from app.compliance.element import Limits
    from app.compliance.profile import Profile


def profiles(
    country: Annotated[str | None, typer.Argument(help="de: all that is known of it.", show_default=False)] = None,
) -> None:
    """Lists the countries whose access points are known, or shows one: feeds, transport, ids, limits, steps."""
    from app.compliance.profile import read_profiles

    folder = shipped("config") / "profiles"
    if country is not None:
        (found,) = read_profiles(folder, [country.lower()])
        table(("what", "how"), _lines(found))
        return
    columns = ("profile", "country", "access point", "takes", "transport", "status", "rules beyond AFIR", "confidence")
    table(columns, [_row(profile) for profile in read_profiles(folder)])


def _row(profile: Profile) -> tuple[str, ...]:
    transport = profile.transport
    how = f"{transport.kind} ({transport.destination})" if transport.destination else transport.kind
    limit = "" if profile.limits.status is None else f"{profile.limits.status:g} s"
    name, formats = profile.country.lower(), ", ".join(feed.format for feed in profile.feeds)
    required = str(len(profile.required) or "")
    return name, profile.name, profile.portal, formats, how, limit, required, profile.confidence


def _lines(profile: Profile) -> Iterator[tuple[str, str]]:
    transport, ids, names = profile.transport, profile.ids, profile.organisations
    yield "access point", profile.portal
    yield "law", "AFIR" if profile.regime == "AFIR" else "its own, or none"
    for feed in profile.feeds:
        yield "feed", f"{feed.format}: {' '.join(feed.paths)}{_noted(feed.note)}"
    pushed = f" by the destination {transport.destination}" if transport.destination else ""
    yield "transport", f"{transport.kind}{pushed}{_noted(transport.note)}"
    yield "access", transport.access
    yield "licence", profile.licence or ""
    yield "ids", f"{ids.style}: {ids.example}{f', issued by {ids.issuer}' if ids.issuer else ''}"
    yield "prices", profile.tax
    yield "invalid objects", profile.invalid_rows
    yield "limits", _limits(profile.limits)
    yield "names", f"legal {names.legal}, commercial {names.commercial}{_noted(names.note)}"
    for rule in profile.rules():
        yield "asks for", f"{rule.code}: {rule.title} ({rule.where}) [{rule.law}]"
    for number, step in enumerate(profile.registration, start=1):
        yield f"step {number}", step
    for note in profile.notes:
        yield "note", note
    yield "confidence", f"{profile.confidence}: {profile.source}"


def _noted(note: str) -> str:
    return f"; {note}" if note else ""


def _limits(limits: Limits) -> str:
    named = (("status", limits.status), ("price", limits.price), ("static", limits.static))
    return ", ".join(f"{what} {'none set' if seconds is None else f'{seconds:g} s'}" for what, seconds in named)
