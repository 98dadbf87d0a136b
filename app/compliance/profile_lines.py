"""A profile in words: (what, how), line by line."""

from __future__ import annotations

from collections.abc import Iterator

from app.compliance.element import Limits
from app.compliance.profile import Profile


def profile_lines(profile: Profile) -> Iterator[tuple[str, str]]:
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
