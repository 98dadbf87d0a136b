"""A report as a table: a row per rule, operator and country, in CSV or in a workbook beside the findings and the trend."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, BinaryIO

from app.compliance.heading import Heading
from app.compliance.tally import Tally
from app.compliance.trend import date_of, rounded

RULES = (
    "regime", "rule", "title", "level", "law", "link", "means", "party", "country",
    "present", "missing", "implausible", "not_decided", "share", "remedy", "examples",
)  # fmt: skip
FINDINGS = ("location", "name", "country", "rule", "state", "at", "what", "remedy")
TREND = ("day", "present", "missing", "implausible", "not_decided", "share")
QUALITY = ("day", "dimension", "figure")
Row = tuple[Any, ...]


def rule_rows(tally: Tally, heading: Heading) -> Iterator[Row]:
    for group in sorted(tally.groups.values(), key=lambda group: (group.country, group.party)):
        for code, count in group.rules.items():
            rule = tally.rules[code]
            named = (heading.name, code, rule.title, rule.level.value, rule.law, rule.link, rule.means)
            figures = (count.present, count.missing, count.implausible, count.undecided, rounded(count.share))
            examples = "; ".join(
                str(one) for one in tally.examples.of(code) if one.key.partition("/")[0] == group.party
            )
            yield (*named, group.party, group.country, *figures, rule.advice, examples)


def write_csv(file: BinaryIO, tally: Tally, heading: Heading) -> None:
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(RULES)
    writer.writerows(rule_rows(tally, heading))
    text.detach()


def write_workbook(file: BinaryIO, tally: Tally, gaps: Iterable[dict[str, Any]], heading: Heading) -> None:
    """Findings beyond the last row of a sheet are left to the JSON report, and the sheet says so."""
    from openpyxl import Workbook  # a quarter of a second

    book = Workbook(write_only=True)
    trend = ((date_of(day), *counts, rounded(counts.share)) for day, counts in heading.trend.whole())
    quality = ((date_of(one.day), one.dimension.value, rounded(one.share)) for one in heading.trend.quality)
    sheets: Sequence[tuple[str, Row, Iterable[Row]]] = (
        ("rules", RULES, rule_rows(tally, heading)),
        ("findings", FINDINGS, _finding_rows(gaps)),
        ("trend", TREND, trend),
        ("quality", QUALITY, quality),
    )
    for title, columns, rows in sheets:
        filled = Rows(book, title, columns)
        for row in rows:
            filled.add(row)
    book.save(file)


def _finding_rows(gaps: Iterable[dict[str, Any]]) -> Iterator[Row]:
    for place in gaps:
        for gap in place["gaps"]:
            at = ", ".join(gap.get("at", ()))
            said = (gap["rule"], gap["state"], at, gap.get("what", ""), gap.get("remedy", ""))
            yield (f"{place['party']}/{place['id']}", place["name"] or "", place["country"], *said)


class Rows:
    """A sheet of a workbook that takes rows as they come; beyond its last it says so, and takes no more."""

    def __init__(self, book: Any, title: str, columns: Row) -> None:
        from app.compliance.workbook import BOLD, styled

        self._sheet = book.create_sheet(title)
        self._sheet.freeze_panes = "A2"
        self._sheet.append([styled(self._sheet, name, font=BOLD) for name in columns])
        self._number = 0

    def add(self, row: Row) -> None:
        from app.compliance.workbook import LAST_ROW, text_cell

        self._number += 1
        if self._number < LAST_ROW - 1:
            self._sheet.append([text_cell(self._sheet, cell) if isinstance(cell, str) else cell for cell in row])
        elif self._number == LAST_ROW - 1:
            rest = f"More than a sheet holds: the rest is in the JSON report, after {self._number - 1} rows"
            self._sheet.append([rest])
