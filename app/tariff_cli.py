"""`chargefeed tariff …`: the money tools. A table in a terminal, tab-separated lines in a pipe."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.clock import Millis, SystemClock
from app.errors import ChargefeedError
from app.explain_cli import explain
from app.flatten_cli import flatten
from app.lint_cli import lint
from app.tariff_options import chosen, moment, zone_of
from app.terminal import complain, table

if TYPE_CHECKING:
    from app.tariffs.cost import Amount, ComponentCost, Cost, SessionFacts

tariff = typer.Typer(help="What charging costs.", no_args_is_help=True)
tariff.command()(flatten)
tariff.command()(lint)
tariff.command()(explain)

_COLUMNS = ("element", "what", "volume", "price", "VAT", "before taxes", "after taxes")
_AMOUNT_DECIMALS = 4
_VOLUME_DECIMALS = 3
_PER = {"ENERGY": "kWh", "TIME": "h", "PARKING_TIME": "h", "FLAT": "session"}


@tariff.callback()
def _tools() -> None:
    pass


@tariff.command()
def price(
    file: Annotated[
        Path, typer.Argument(help="OCPI tariffs of any version, or a CDR that has them, as JSON; or a price plan.")
    ],
    session: Annotated[
        Path | None, typer.Option(help="A Session or CDR, in place of --kwh.", show_default=False)
    ] = None,
    kwh: Annotated[str | None, typer.Option(help="Energy charged.", show_default=False)] = None,
    minutes: Annotated[str | None, typer.Option(help="How long it charged.", show_default=False)] = None,
    parked: Annotated[str, typer.Option(help="Minutes connected after that without charging.")] = "0",
    power: Annotated[str | None, typer.Option(help="kW; else the mean.", show_default=False)] = None,
    current: Annotated[str | None, typer.Option(help="A, summed over the phases.", show_default=False)] = None,
    start: Annotated[
        str | None, typer.Option(help="2026-01-31T18:00 at the location, or with Z; else now.", show_default=False)
    ] = None,
    time_zone: Annotated[
        str | None, typer.Option(help="Of the location, as Europe/Berlin.", show_default=False)
    ] = None,
    tariff_id: Annotated[str | None, typer.Option("--tariff", help="Which, of several.", show_default=False)] = None,
    switching: Annotated[bool, typer.Option(help="A tariff that begins during the session prices the rest.")] = False,
    as_format: Annotated[
        str | None, typer.Option("--as", help="ocpi-2.1.1 …; else told from the fields.", show_default=False)
    ] = None,
) -> None:
    """Prices a session: each component, what limits change, and the total before and after taxes."""
    figures = Figures(kwh, minutes, parked, power, current, start)
    show(file, session, figures, time_zone, tariff_id, as_format, switching=switching)


@dataclass(frozen=True, slots=True)
class Figures:
    """A session as typed on the command line."""

    kwh: str | None = None
    minutes: str | None = None
    parked: str = "0"
    power: str | None = None
    current: str | None = None
    start: str | None = None


def show(
    file: Path,
    session: Path | None,
    figures: Figures,
    time_zone: str | None,
    tariff_id: str | None = None,
    as_format: str | None = None,
    *,
    switching: bool = False,
) -> None:
    """The command's body. Raises ChargefeedError for what cannot be read or priced."""
    from app.session_file import documents, is_plan, is_session, session_of, tariff_file
    from app.tariffs.cost import cost

    bodies = [] if is_plan(file) else documents(file)
    own = session_of(_one(bodies, file), str(file), as_format) if bodies and is_session(bodies[0]) else None
    given = session_of(_one(documents(session), session), str(session)) if session else own
    read = own.tariffs if own else tariff_file(file, as_format)
    if read is None:
        raise ChargefeedError("no tariff in it", where=str(file), remedy="Give the tariff, and this as --session")
    tariffs = chosen(read.tariffs, tariff_id, file)
    zone = zone_of(tariffs, time_zone or (given.time_zone if given else None) or read.time_zone)
    found = cost(tariffs, given.facts if given else _facts(figures, zone), zone, read.version, switching=switching)
    stated = given.stated if given else None
    table(_COLUMNS, [*_rows(found), *([("", "stated", "", "", "", *_amounts(stated))] if stated else [])])
    for note in (*read.notes, *found.notes):
        complain(f"note: {note}")


def _one(bodies: list[dict[str, Any]], file: Path) -> dict[str, Any]:
    if len(bodies) > 1:
        raise ChargefeedError("more than one record", where=str(file), remedy="Give one session or CDR")
    return bodies[0]


def _facts(figures: Figures, zone: str) -> SessionFacts:
    from app.session_file import number_of
    from app.tariffs.cost.reading import plain

    if figures.kwh is None or figures.minutes is None:
        raise ChargefeedError("no session to price", remedy="Give --kwh and --minutes, or --session FILE")
    return plain(
        _start(figures.start, zone),
        number_of(figures.kwh, "--kwh"),
        number_of(figures.minutes, "--minutes"),
        parked_minutes=number_of(figures.parked, "--parked"),
        power_kw=None if figures.power is None else number_of(figures.power, "--power"),
        current_a=None if figures.current is None else number_of(figures.current, "--current"),
    )


def _start(text: str | None, zone: str) -> Millis:
    return SystemClock().now() if text is None else moment(text, zone, "--start")


def _rows(found: Cost) -> Iterator[tuple[str, ...]]:
    for part in found.components:
        vat = "" if part.vat is None else f"{_plain(part.vat)} %"
        price = f"{_plain(part.price)} {found.currency}/{_PER[part.dimension]}"
        yield str(part.element), part.dimension.value, _volume(part), price, vat, *_amounts(part.amount)
    for applied in found.limits:
        yield "", applied.kind.value, "", "", "", *_amounts(applied.limit)
    yield "", "total", "", found.currency, "", *_amounts(found.total, found.decimals)


def _volume(part: ComponentCost) -> str:
    """Time in minutes: what is charged per hour is spoken of in minutes."""
    unit = _PER[part.dimension]
    volume = part.volume / 60 if unit == "h" else part.volume
    said = {"h": " min", "kWh": " kWh", "session": ""}[unit]
    return f"{_plain(round(volume, _VOLUME_DECIMALS))}{said}"


def _amounts(amount: Amount, digits: int | None = None) -> tuple[str, str]:
    """Empty where an amount is not known."""
    both = (amount.before_taxes, amount.after_taxes)
    before, after = ("" if one is None else _amount(one, digits) for one in both)
    return before, after


def _amount(value: Decimal, digits: int | None) -> str:
    return f"{value:f}" if digits is not None else _plain(round(value, _AMOUNT_DECIMALS))


def _plain(value: Decimal) -> str:
    """Without zeros at the end."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
