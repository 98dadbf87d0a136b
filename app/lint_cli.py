"""`chargefeed tariff lint`: what laws and OCPI say of tariffs, with file and line."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import orjson
import typer

from app.clock import SystemClock, to_millis
from app.errors import ChargefeedError
from app.terminal import complain, say, table

if TYPE_CHECKING:
    from app.lint_file import LintFile
    from app.model.finding import Finding
    from app.tariffs.lint import About

EXIT_BREACH = 1
_COLUMNS = ("grade", "rule", "where", "record", "field", "what", "remedy", "source")
_DAY = ["%Y-%m-%d"]
_TIMES = ["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M", "%Y-%m-%d"]


def lint(
    file: Annotated[Path, typer.Argument(help="Tariffs: OCPI of any version, as JSON; or a price plan.")],
    locations: Annotated[
        Path | None, typer.Option(help="Where they are used: OCPI of any version.", show_default=False)
    ] = None,
    power: Annotated[float | None, typer.Option(help="kW of the connector.", show_default=False)] = None,
    country: Annotated[
        str | None, typer.Option(help="Of the site: DE, US-CA; else the operator's.", show_default=False)
    ] = None,
    commissioned: Annotated[
        datetime | None, typer.Option(formats=_DAY, help="Day of first operation.", show_default=False)
    ] = None,
    installed: Annotated[
        datetime | None, typer.Option(formats=_DAY, help="Day of installation.", show_default=False)
    ] = None,
    funded: Annotated[
        bool | None, typer.Option("--funded/--not-funded", help="With federal money (US).", show_default=False)
    ] = None,
    as_format: Annotated[
        str | None, typer.Option("--as", help="ocpi-2.1.1 …; else told from the fields.", show_default=False)
    ] = None,
    at: Annotated[datetime | None, typer.Option(formats=_TIMES, help="In UTC; else now.", show_default=False)] = None,
    json: Annotated[bool, typer.Option("--json", help="The findings as a JSON list.")] = False,
) -> None:
    """Checks tariffs by AFIR, UK, US and OCPI rules; exit 1 for a breach. What --locations says of a connector comes first."""
    from app.lint_file import read_locations, read_tariffs
    from app.model.finding import Grade

    known = _known(power, country, commissioned, installed, funded)
    tariffs = read_tariffs(file, as_format)
    places = read_locations(locations, as_format) if locations else None
    _show_notes(tariffs, places, known)
    now = to_millis(at.replace(tzinfo=UTC)) if at else SystemClock().now()
    found = [*tariffs.findings, *_findings(tariffs, places, known, now)]
    if json:
        say(orjson.dumps([*_plain(found, tariffs, places)], option=orjson.OPT_INDENT_2).decode())
    else:
        table(_COLUMNS, [_row(finding, tariffs, places) for finding in found])
        say(_summary(found, tariffs))
    if any(finding.grade is Grade.BREACH for finding in found):
        sys.exit(EXIT_BREACH)


def _known(
    power: float | None,
    country: str | None,
    commissioned: datetime | None,
    installed: datetime | None,
    funded: bool | None,
) -> About:
    from app.tariffs.lint import About

    site, _, state = (country or "").upper().partition("-")
    return About(
        power_kw=None if power is None else Decimal(str(power)),
        country=_country(site) if site else None,
        region=f"{site}-{state}" if state else None,
        commissioned_on=commissioned.date() if commissioned else None,
        installed_on=installed.date() if installed else None,
        federally_funded=funded,
    )


def _country(code: str) -> str:
    from app.model.codes import COUNTRIES_ALPHA2

    if code not in COUNTRIES_ALPHA2.values:
        raise ChargefeedError(
            f"{code!r} is no country", where="--country", remedy="Write it as DE, or US-CA for a state"
        )
    return code


def _findings(tariffs: LintFile, places: LintFile | None, known: About, at: int) -> Iterator[Finding]:
    from app.model.tariff import Tariff
    from app.tariffs.lint import lint_network, lint_tariff

    if places is not None:
        yield from lint_network(places.bodies, tariffs.bodies, at, known)
        return
    for body in tariffs.bodies:
        yield from lint_tariff(Tariff.model_validate(body), known, at)


def _show_notes(tariffs: LintFile, places: LintFile | None, known: About) -> None:
    from app.lint_file import NOWHERE

    if places is None and known.country is None and any(body["country_code"] == NOWHERE[0] for body in tariffs.bodies):
        complain("note: tariffs that name no operator: no law was asked; give --country")
    for problem in (one for worse in (places.left_out.values() if places else ()) for one in worse):
        complain(f"note: {problem}")


def _summary(found: list[Finding], tariffs: LintFile) -> str:
    counted = Counter(finding.grade.value for finding in found)
    counts = ", ".join(f"{count} {grade}" for grade, count in counted.items()) or "nothing found"
    number = len(tariffs.names)
    return f"{tariffs.path}: {counts} in {number} tariff{'' if number == 1 else 's'}"


def _where(finding: Finding, tariffs: LintFile, places: LintFile | None) -> str:
    return tariffs.where(finding) or (places and places.where(finding)) or ""


def _row(finding: Finding, tariffs: LintFile, places: LintFile | None) -> tuple[str, ...]:
    from app.tariffs.lint import RULES

    where, name = _where(finding, tariffs, places), tariffs.names.get(finding.key)
    record = name if name is not None or places is None else places.names.get(finding.key)
    what = finding.what
    if finding.connectors:
        others = len(finding.connectors) - 1
        what += f" (at {finding.connectors[0]}{f' and {others} more' if others else ''})"
    rule = RULES[finding.rule]
    source = f"{rule.source} ({rule.strength.value})"
    return finding.grade.value, finding.rule, where, record or finding.key, finding.path, what, finding.remedy, source


def _plain(found: list[Finding], tariffs: LintFile, places: LintFile | None) -> Iterator[dict[str, object]]:
    from app.tariffs.lint import RULES

    for finding in found:
        rule = RULES[finding.rule]
        about = {"title": rule.title, "source": rule.source, "strength": rule.strength}
        yield {**finding.as_dict(), **about, "where": _where(finding, tariffs, places)}
