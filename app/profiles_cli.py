"""`chargefeed profiles`: what the access points of the countries take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from app.settings import shipped
from app.terminal import table

if TYPE_CHECKING:
    from app.compliance.profile import Profile


def profiles(
    country: Annotated[str | None, typer.Argument(help="de: all that is known of it.", show_default=False)] = None,
) -> None:
    """Lists the countries whose access points are known, or shows one: feeds, transport, ids, limits, steps."""
    from app.compliance.profile import read_profiles
    from app.compliance.profile_lines import profile_lines

    folder = shipped("config") / "profiles"
    if country is not None:
        (found,) = read_profiles(folder, [country.lower()])
        table(("what", "how"), profile_lines(found))
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
