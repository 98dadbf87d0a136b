"""`chargefeed tariff explain`: tariffs, or a price plan, in plain language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.errors import ChargefeedError
from app.tariff_options import check_zone, chosen, moment, zone_of
from app.terminal import complain, say

if TYPE_CHECKING:
    from app.clock import Millis
    from app.model.tariff import Tariff

_ALL = "all"


def explain(
    file: Annotated[Path, typer.Argument(help="Tariffs: OCPI of any version, as JSON; or a price plan, as YAML.")],
    language: Annotated[str, typer.Option(help="de, en, es, fr, it, nl; with a country as en-US; or all.")] = "en",
    time_zone: Annotated[
        str | None, typer.Option(help="Of the location, as Europe/Berlin; else the plan's.", show_default=False)
    ] = None,
    tariff_id: Annotated[str | None, typer.Option("--tariff", help="Which, of several.", show_default=False)] = None,
    at: Annotated[
        str | None,
        typer.Option(help="What it costs then: 2026-01-31T18:00 at the location, or with Z.", show_default=False),
    ] = None,
    every_date: Annotated[bool, typer.Option("--dates", help="Name every date, as auditors want them.")] = False,
    as_format: Annotated[
        str | None, typer.Option("--as", help="ocpi-2.1.1 …; else told from the fields.", show_default=False)
    ] = None,
) -> None:
    """Says what tariffs cost, for drivers and auditors: a line in short, then full sentences."""
    from app.session_file import tariff_file
    from app.tariffs.explain import LANGUAGES, UnknownLanguage

    if time_zone:
        check_zone(time_zone)
    read = tariff_file(file, as_format)
    for note in read.notes:
        complain(f"note: {note}")
    tariffs = chosen(read.tariffs, tariff_id, file)
    zone = time_zone or read.time_zone
    languages = LANGUAGES if language == _ALL else (language,)
    try:
        told = _then(tariffs, languages, zone, at) if at else _whole(tariffs, languages, zone, every_date=every_date)
        say("\n\n".join("\n".join(lines) for lines in told))
    except UnknownLanguage as error:
        raise ChargefeedError(str(error), where="--language") from None


def _whole(
    tariffs: Iterable[Tariff], languages: Sequence[str], zone: str | None, *, every_date: bool
) -> Iterator[tuple[str, ...]]:
    from app.tariffs.explain import explain, in_short

    for tariff in tariffs:
        for language in languages:
            short = f"{tariff.id}: {in_short(tariff, language)}"
            yield short, *explain(tariff, language, time_zone=zone, every_date=every_date)


def _then(
    tariffs: Sequence[Tariff], languages: Sequence[str], named: str | None, text: str
) -> Iterator[tuple[str, ...]]:
    """Of the tariffs that are valid at the time. Raises ChargefeedError where none is."""
    from app.tariffs.adhoc import tariff_price
    from app.tariffs.explain import explain_now

    zone = zone_of(tariffs, named)
    at = moment(text, zone, "--at")
    valid = [tariff for tariff in tariffs if _is_valid(tariff, at)]
    if not valid:
        raise ChargefeedError(f"no tariff is valid at {text}", where="--at", remedy="Leave --at out to see all of them")
    for tariff in valid:
        price = tariff_price(tariff, zone, at)
        following = None if price.next_change is None else _following(tariff, tariffs, price.next_change)
        then = tariff_price(following, zone, price.next_change) if following and price.next_change else None
        for language in languages:
            yield f"{tariff.id}:", *explain_now(price, language, zone, then)


def _following(tariff: Tariff, tariffs: Sequence[Tariff], at: Millis) -> Tariff | None:
    """The one that holds then for the same customers; None where that is not clear."""
    if _is_valid(tariff, at):
        return tariff
    same = [one for one in tariffs if (one.type, one.audience) == (tariff.type, tariff.audience) and _is_valid(one, at)]
    return same[0] if len(same) == 1 else None


def _is_valid(tariff: Tariff, at: Millis) -> bool:
    from app.clock import to_millis

    begin, end = tariff.start_date_time, tariff.end_date_time
    return (begin is None or to_millis(begin) <= at) and (end is None or at < to_millis(end))
