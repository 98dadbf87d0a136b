"""`chargefeed report uk --statement 2026 --out DIR`: what an operator publishes once a year."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.clock import SystemClock
from app.errors import ChargefeedError, ConfigError
from app.report_cli import engine_of
from app.settings import Settings, shipped
from app.terminal import say

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from app.compliance.uptime.network import NetworkReliability

FIRST_YEAR = 2024
"""Regulation 7 is in force since 24 November 2024."""
COUNTRY = "GBR"
Measure = Callable[["Engine", int, str | None], Sequence["NetworkReliability"]]
"""Of the networks of all parties, or of one, in a year."""


def unmeasured(engine: Engine, year: int, party: str | None) -> Sequence[NetworkReliability]:
    """Raises ChargefeedError: uptime is not measured here."""
    raise ChargefeedError(
        f"no figures of reliability for {year}",
        remedy="Uptime is measured from the history of statuses; none is at hand",
    )


def write_statements(
    regime: str, settings: Settings, year: str, out: Path | None, party: str | None, measure: Measure = unmeasured
) -> None:
    """Raises ChargefeedError where there is nothing to state, ConfigError for what cannot be meant."""
    from app.compliance.catalogue import catalogue
    from app.compliance.uptime.statement import contact_of, write_statement
    from app.registry.origins import sourced_locations
    from app.registry.views import View

    known = catalogue().regimes
    if known[regime].statement is None:
        others = ", ".join(name for name, one in known.items() if one.statement)
        raise ConfigError(f"`{regime}` asks for no yearly statement", where="--statement", remedy=f"{others} does")
    if out is None:
        raise ConfigError("a statement is two files", where="--statement", remedy="Name a folder for them by --out")
    engine, at = engine_of(settings), SystemClock().now()
    for figures in measure(engine, _year(year), party.upper().replace("-", "*") if party else None):
        view = View(parties=frozenset({figures.party}), countries=frozenset({COUNTRY}))
        contact = contact_of(one.object.body for one in sourced_locations(engine, view))
        for path in write_statement(out, figures, contact, at, shipped("templates")):
            say(str(path))


def _year(text: str) -> int:
    if not re.fullmatch(r"\d{4}", text) or int(text) < FIRST_YEAR:
        raise ConfigError(
            f"{text!r} is no year of the regulation",
            where="--statement",
            remedy=f"Write it as 2026; {FIRST_YEAR} is the first",
        )
    return int(text)
