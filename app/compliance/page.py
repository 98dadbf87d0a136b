"""The AFIR report as one HTML page that needs nothing else: styles inside, no scripts."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO

from jinja2 import Environment, FileSystemLoader

from app.clock import Millis, from_millis
from app.compliance.tally import Count, Tally

BUFFER = 200  # pieces of the page written at once


def write_page(
    file: BinaryIO, tally: Tally, gaps: Iterable[dict[str, Any]], title: str, at: Millis, templates: Path
) -> None:
    """`gaps`: `records.gap_record` of each location that has any. The page is written as they come."""
    environment = Environment(loader=FileSystemLoader(templates), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"percent": percent, "number": lambda number: f"{number:,}".replace(",", "\u202f")}
    environment.globals["band"] = band
    whole = Count()
    for group in tally.groups.values():
        whole += group.whole
    page = environment.get_template("report-afir.html").stream(
        title=title,
        at=from_millis(at),
        style=(templates / "assets" / "chargefeed.css").read_text("utf-8"),
        groups=sorted(tally.groups.values(), key=lambda group: (group.country, group.party)),
        rules=tally.rules,
        counts=tally.over_all(),
        whole=whole,
        tally=tally,
        needs=tally.remedies(),
        gaps=gaps,
    )
    page.enable_buffering(BUFFER)
    for piece in page:
        file.write(piece.encode())


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
