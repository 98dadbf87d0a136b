"""The annual reliability statement of an operator in the United Kingdom (SI 2023/1168, reg 7 and 8): a page for its website, and
the same as CSV. Percentages are cut, never rounded up."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from pathlib import Path
from typing import Any

from app.clock import Millis, format_time, from_millis
from app.compliance.page import page_environment, style_of
from app.compliance.uptime.network import NetworkReliability
from app.spreadsheet import no_formula

METHOD = (
    "Hours of all rapid charge points (50 kW and above) in which they could be reached, by the OCPI 2.2.1 status of each moment: "
    "AVAILABLE, CHARGING and RESERVED are reliable, INOPERATIVE and OUTOFORDER are not, weighed by time."
)
COLUMNS = (
    "operator", "party", "year", "first_day", "last_day", "rapid_points", "reading",
    "hours", "not_reliable_hours", "unobserved_hours", "left_out_hours",
    "reliability_lowest_percent", "reliability_highest_percent", "threshold_met", "affected_points", "helpline",
    "roaming_provider", "method", "date",
)  # fmt: skip
HELPLINES = 3
"""That are written out, where the locations of a network have many numbers."""
_HUNDREDTH = Decimal("0.01")
HOUR: Millis = 3_600_000


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom drivers reach, as the operator's public locations say it; empty where none does."""

    operator: str = ""
    helpline: str = ""
    roaming: str = ""


def contact_of(bodies: Iterable[dict[str, Any]]) -> Contact:
    """Of public locations: the operator's commonest name, its commonest helplines and every roaming provider, the commonest
    first."""
    names: Counter[str] = Counter()
    phones: Counter[str] = Counter()
    providers: Counter[str] = Counter()
    for body in bodies:
        names.update(filter(None, [body.get("operator", {}).get("name")]))
        phones.update(filter(None, [body.get("help_phone")]))
        named = [one["name"] for one in body.get("service_providers", ()) if one.get("name")]
        accepted = (name for point in body.get("evses", ()) for name in point.get("accepted_service_providers", ()))
        providers.update({*named, *accepted})
    operator = next((name for name, _ in names.most_common(1)), "")
    more = f" and {len(phones) - HELPLINES} more" if len(phones) > HELPLINES else ""
    helplines = ", ".join(phone for phone, _ in phones.most_common(HELPLINES))
    return Contact(operator, helplines + more, ", ".join(name for name, _ in providers.most_common()))


def percent_text(share: Decimal | None) -> str:
    """`99.04`, cut; empty where there is no figure."""
    return "" if share is None else str(share.quantize(_HUNDREDTH, rounding=ROUND_DOWN))


def write_statement(
    folder: Path, figures: NetworkReliability, contact: Contact, at: Millis, templates: Path
) -> tuple[Path, Path]:
    """`reliability-GB-ABC-2026.html` and `.csv`."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = folder / f"reliability-{figures.network.party.replace('*', '-')}-{figures.year}"
    page, table = stem.with_suffix(".html"), stem.with_suffix(".csv")
    environment = page_environment(templates)
    environment.filters |= {"percent_text": percent_text, "hours": _hours, "day": _day}
    words = {
        "network": figures.network,
        "year": figures.year,
        "left_out": figures.left_out,
        "contact": contact,
        "method": METHOD,
        "at": from_millis(at),
        "style": style_of(templates),
    }
    page.write_text(environment.get_template("statement-uk.html").render(**words), encoding="utf-8")
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(_rows(figures, contact, at))
    return page, table


def _rows(figures: NetworkReliability, contact: Contact, at: Millis) -> Iterable[tuple[str, ...]]:
    network = figures.network
    met = {True: "yes", False: "no", None: "not decided"}[network.passed]
    named = (contact.operator, network.party, str(figures.year), _day(network.since), _day(network.until - 1))
    for one in network.figures:
        hours = map(_hours, (one.total, one.down, one.unobserved, figures.left_out))
        shares = (percent_text(one.lowest), percent_text(one.highest))
        rest = (str(network.affected), contact.helpline, contact.roaming, METHOD, _day(at))
        yield (*named, str(network.ports), one.reading, *hours, *shares, met, *map(no_formula, rest))


def _hours(span: Millis) -> str:
    return f"{Decimal(span) / HOUR:.1f}"


def _day(at: Millis) -> str:
    return format_time(at)[:10]
