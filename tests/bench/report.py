"""What a bench says: one row per budget, printed as a table and kept as JSON or Markdown."""

from __future__ import annotations

import io
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

from tests.bench.measure import Sample


@dataclass(frozen=True, slots=True)
class Row:
    """One budget of DESIGN §10, measured."""

    what: str
    unit: str
    measured: Sample
    budget: str
    met: bool | None
    """None: just shown, the budget does not speak of it."""
    yardstick: str = ""
    reference: Sample | None = None
    """The yardstick's own result, in the same unit."""
    notes: str = ""
    evses: int = 0
    """Of the network; said by who runs the row."""

    @property
    def ratio(self) -> float | None:
        return self.measured.median / self.reference.median if self.reference else None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"ratio": self.ratio}


@dataclass(frozen=True, slots=True)
class Missing:
    """A row that could not be measured here."""

    what: str
    why: str
    evses: int = 0

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def table_text(rows: list[Row | Missing], machine: dict[str, str], command: str, width: int = 180) -> str:
    console = Console(width=width, highlight=False, record=True, file=io.StringIO())
    for name, value in machine.items():
        console.print(f"{name}: {value}")
    console.print(f"command: {command}")
    table = Table("EVSEs", "what", "measured", "yardstick", "ratio", "budget", "met", "notes", show_lines=True)
    for row in rows:
        table.add_row(*_cells(row))
    console.print(table)
    return console.export_text()


def write_json(path: Path, rows: list[Row | Missing], machine: dict[str, str], command: str) -> None:
    told = {"machine": machine, "command": command, "rows": [row.as_dict() for row in rows]}
    path.write_bytes(orjson.dumps(told, option=orjson.OPT_INDENT_2))


def write_markdown(path: Path, rows: list[Row | Missing], machine: dict[str, str], command: str) -> None:
    """Method, machine and command, then the table."""
    about = [f"- {name}: {value}" for name, value in {**machine, "command": f"`{command}`"}.items()]
    head = [
        "| EVSEs | What | Measured | Yardstick | Ratio | Budget | Met | Notes |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in _cells(row)) + " |" for row in rows]
    path.write_text("\n".join([*about, "", *head, *lines, ""]))


def brief(row: Row | Missing) -> str:
    """In one line."""
    return ", ".join(filter(None, _cells(row)[1:]))


def _cells(row: Row | Missing) -> tuple[str, ...]:
    size = f"{row.evses:,}" if row.evses else ""
    if isinstance(row, Missing):
        return (size, row.what, "not measured", "", "", "", "", row.why)
    met = {True: "yes", False: "NO", None: ""}[row.met]
    reference = f"{row.yardstick}: {_sample(row.reference, row.unit)}" if row.reference else row.yardstick
    ratio = f"{row.ratio:.3g}" if row.ratio is not None else ""
    return (size, row.what, _sample(row.measured, row.unit), reference, ratio, row.budget, met, row.notes)


def _sample(sample: Sample, unit: str) -> str:
    if len(sample.values) == 1:
        return f"{sample.median:.4g} {unit}"
    return f"{sample.median:.4g} {unit} ({sample.low:.4g}–{sample.high:.4g})"
