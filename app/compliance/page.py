"""A report as one HTML page that needs nothing else: styles inside, no scripts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup, escape

from app.clock import from_millis
from app.compliance.docs import limit_of
from app.compliance.heading import Heading
from app.compliance.quality import Dimension
from app.compliance.tally import Count, Tally
from app.compliance.trend import date_of, line

_CODE = re.compile("`([^`]+)`")
I18N = "jinja2.ext.i18n"
"""Some templates are of pages in several languages, too (`app.web.languages`)."""
BUFFER = 200  # pieces of the page written at once


def write_page(file: BinaryIO, tally: Tally, gaps: Iterable[dict[str, Any]], heading: Heading, templates: Path) -> None:
    """`gaps`: `records.gap_record` of each location that has any. The page is written as they come."""
    whole = Count()
    for group in tally.groups.values():
        whole += group.whole
    page = (
        page_environment(templates)
        .get_template("report.html")
        .stream(
            heading=heading,
            dimensions=list(Dimension),
            at=from_millis(heading.at),
            style=style_of(templates),
            groups=sorted(tally.groups.values(), key=lambda group: (group.country, group.party)),
            rules=tally.rules,
            counts=tally.over_all(),
            whole=whole,
            tally=tally,
            needs=tally.remedies(),
            gaps=gaps,
        )
    )
    page.enable_buffering(BUFFER)
    for piece in page:
        file.write(piece.encode())


def page_environment(templates: Path) -> Environment:
    """Of pages that are files."""
    environment = Environment(
        loader=FileSystemLoader(templates), autoescape=True, trim_blocks=True, lstrip_blocks=True, extensions=[I18N]
    )
    environment.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
    environment.filters |= {"number": lambda number: f"{number:,}".replace(",", "\u202f"), "translated": str}
    give_words(environment)
    return environment


def give_words(environment: Environment) -> None:
    """What templates of reports say shares, days and lines with."""
    environment.filters |= {"percent": percent, "date": date_of, "coded": coded}
    environment.globals |= {"band": band, "line": line, "limit_of": limit_of, "english": str}


def coded(text: str) -> Markup:
    """What stands between backticks as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))


def style_of(templates: Path) -> str:
    return "".join((templates / "assets" / name).read_text("utf-8") for name in ("chargefeed.css", "compliance.css"))


def percent(share: float | None) -> str:
    """Never 100 % where something is missing; a dash where nothing is decided."""
    if share is None:
        return "–"
    return f"{int(share * 1000) / 10:.4g} %"


def band(share: float | None) -> str:
    """How a share is coloured: all, most, some, none."""
    if share is None:
        return "open"
    return "all" if share == 1 else "most" if share >= 0.9 else "some" if share > 0 else "none"
