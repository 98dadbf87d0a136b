"""`chargefeed report uk --statement 2026 --out DIR`: what an operator publishes once a year."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.clock import SystemClock
from app.errors import ChargefeedError, ConfigError
from app.report_cli import engine_of, view_of
from app.settings import Settings, shipped
from app.terminal import say

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from app.compliance.uptime.network import NetworkReliability
    from app.registry.projection import View

FIRST_YEAR = 2024
"""Regulation 7 is in force since 24 November 2024."""
COUNTRY, SHEET = "GBR", "uk"
Measure = Callable[[Settings, "Engine", int, "View"], Sequence["NetworkReliability"]]
"""Of the networks in a part of the feed, in a year."""


def measured(settings: Settings, engine: Engine, year: int, view: View) -> Sequence[NetworkReliability]:
    """Out of the history of statuses, as `report uptime --sheet uk` has it."""
    from app.archiving import downtime_files
    from app.compliance.uptime.judging import judged
    from app.compliance.uptime.network import reliabilities
    from app.compliance.uptime.sheet import read_sheet
    from app.compliance.uptime.window import windows

    sheet = read_sheet(SHEET)
    ports = judged(
        engine, sheet, windows(sheet, str(year)), SystemClock().now(), view, lambda: downtime_files(settings)
    )
    return reliabilities(ports, sheet, year)


def write_statements(
    regime: str, settings: Settings, year: str, out: Path | None, party: str | None, measure: Measure = measured
) -> None:
    """Raises ChargefeedError where there is nothing to state, ConfigError for what cannot be meant."""
    from app.compliance.catalogue import catalogue
    from app.compliance.uptime.statement import contact_of, write_statement
    from app.registry.origins import sourced_locations

    known = catalogue().regimes
    if known[regime].statement is None:
        others = ", ".join(name for name, one in known.items() if one.statement)
        raise ConfigError(f"`{regime}` asks for no yearly statement", where="--statement", remedy=f"{others} does")
    if out is None:
        raise ConfigError("a statement is two files", where="--statement", remedy="Name a folder for them by --out")
    asked, engine, at = _year(year), engine_of(settings), SystemClock().now()
    found = measure(settings, engine, asked, view_of(party, COUNTRY))
    if not found:
        remedy = "Have the sources pulled first; look at --party"
        raise ChargefeedError("no public charge point of 50 kW or more in the United Kingdom", remedy=remedy)
    for one in found:
        sites = sourced_locations(engine, view_of(one.network.party, COUNTRY))
        contact = contact_of(site.object.body for site in sites)
        for path in write_statement(out, one, contact, at, shipped("templates")):
            say(str(path))


def _year(text: str) -> int:
    if not re.fullmatch(r"\d{4}", text) or int(text) < FIRST_YEAR:
        raise ConfigError(
            f"{text!r} is no year of the regulation",
            where="--statement",
            remedy=f"Write it as 2026; {FIRST_YEAR} is the first",
        )
    return int(text)
