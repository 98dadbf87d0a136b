"""An overlay template: what is missing, with ids, to be filled in and read back."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from app.compliance.judging import Judged, RuleBook, judged_locations
from app.compliance.profile import read_profiles
from app.compliance.tally import Tally
from app.compliance.template import Template, write_template
from app.errors import ConfigError
from app.registry.apply import Registry
from app.registry.projection import View
from tests.compliance.sites import AT, DATA
from tests.registry.backend import Backend, evse, location
from tests.shared import ROOT

BOOK = RuleBook(read_profiles(ROOT / "config" / "profiles", ["de"]))
ANSWERS = json.loads((DATA / "answers.json").read_text())


def judged(registry: Registry) -> list[Judged]:
    return list(judged_locations(registry.engine, BOOK, AT, View()))


def template_of(registry: Registry) -> Template:
    template = Template()
    for one in judged(registry):
        template.add(one)
    return template


def needs(registry: Registry) -> Tally:
    tally = Tally()
    for one in judged(registry):
        tally.add(one)
    return tally


@pytest.fixture
def bare(open_registry: Callable[..., Registry], clock: Any) -> Registry:
    """Two locations of which a backend says little."""
    registry = open_registry()
    backend = Backend(registry, clock)
    backend.locations(
        location("L1", evse("E1", evse_id=None), postal_code=None, opening_times=None),
        location("L2", evse("E2", physical_reference=None)),
    )
    return registry


def filled(path: Path, lines: list[list[str]]) -> None:
    """Writes an answer into each cell that `#fill` names."""
    header = lines[0]
    for row in lines[1:]:
        for name in filter(None, row[header.index("#fill")].split(", ")):
            answer = ANSWERS[name].replace("E1", row[header.index("evse")] or "E1")
            row[header.index(name)] = answer


def fill_csv(path: Path) -> None:
    text = path.read_text()
    comments = [line for line in text.splitlines() if line.startswith("# ")]
    lines = list(csv.reader(text.splitlines()[len(comments) :]))
    filled(path, lines)
    with path.open("w", newline="") as file:
        file.writelines(f"{line}\n" for line in comments)
        csv.writer(file).writerows(lines)


def fill_xlsx(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    sheet = book["facts"]
    lines = [["" if cell is None else str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
    filled(path, lines)
    for number, row in enumerate(lines, start=1):
        for index, value in enumerate(row, start=1):
            sheet.cell(number, index).value = value or None
    book.save(path)


@pytest.mark.parametrize(("name", "fill"), [("facts.csv", fill_csv), ("facts.xlsx", fill_xlsx)])
def test_what_is_filled_in_is_missing_no_more(
    bare: Registry,
    open_registry: Callable[..., Registry],
    tmp_path: Path,
    name: str,
    fill: Callable[[Path], None],
) -> None:
    before = [need.cell for need in needs(bare).remedies() if need.cell]
    assert len(before) == len(ANSWERS)
    path = tmp_path / name
    write_template(template_of(bare), path)
    fill(path)
    registry = open_registry(path)
    assert registry.refresh_overlay() == ()
    after = needs(registry)
    assert [need.remedy for need in after.remedies() if need.cell] == []
    assert sum(count.implausible for count in after.over_all().values()) == 0
    overlay = {code for code, count in after.over_all().items() if count.overlay}
    assert {"afir-a1", "afir-a6", "afir-a14", "afir-b1", "afir-b5", "de-bnetza-station"} <= overlay


def test_a_template_as_it_is_says_nothing(
    bare: Registry, open_registry: Callable[..., Registry], tmp_path: Path
) -> None:
    path = tmp_path / "facts.csv"
    write_template(template_of(bare), path)
    registry = open_registry(path)
    registry.refresh_overlay()
    assert needs(registry).needs.keys() == needs(bare).needs.keys()


def test_a_row_names_one_object_and_just_what_it_lacks(bare: Registry, tmp_path: Path) -> None:
    path = tmp_path / "facts.csv"
    rows = write_template(template_of(bare), path)
    lines = [line for line in path.read_text().splitlines() if not line.startswith("# ")]
    table = list(csv.DictReader(lines))
    assert len(table) == rows
    lacking = {tuple(row[name] for name in ("party", "location", "station", "evse")): row["#fill"] for row in table}
    assert lacking["DE*ABC", "L1", "", "E1"] == "evse_id, plug_and_charge, smart_recharging"
    assert lacking["DE*ABC", "L2", "", "E2"] == "plug_and_charge, smart_recharging"
    assert lacking["DE*ABC", "L1", "", ""].startswith("region_nuts1, postal_code, opening_times")
    assert lacking["DE*ABC", "", "", ""].startswith("operator.legal_name, operator.name, help_phone")
    assert {row["#name"] for row in table if row["location"]} == {"Am Markt 1, Weimar"}


def test_what_may_stand_in_a_cell_is_said(bare: Registry, tmp_path: Path) -> None:
    template = template_of(bare)
    write_template(template, tmp_path / "facts.csv")
    comments = (tmp_path / "facts.csv").read_text()
    assert "# station service_support.kind (afir-a4): ATTENDED, UNATTENDED\n" in comments
    assert "# location opening_times (afir-a14): 24/7, or Mo-Fr 08:00-20:00; Sa,Su 10:00-18:00\n" in comments
    assert "# party operator.registration_ids (de-bnetza-operator): BNETZA = …\n" in comments
    assert "# evse plug_and_charge (afir-b8): yes, no\n" in comments
    write_template(template, tmp_path / "facts.xlsx")
    book = openpyxl.load_workbook(tmp_path / "facts.xlsx")
    explained = {row[1]: row[3] for row in book["what may stand where"].iter_rows(min_row=3, values_only=True)}
    assert explained["service_support.kind"] == "ATTENDED, UNATTENDED"
    offered = {rule.formula1 for rule in book["facts"].data_validations.dataValidation}
    assert offered == {'"ATTENDED,UNATTENDED"', '"yes,no"'}


def test_cells_to_fill_stand_out_in_a_workbook(bare: Registry, tmp_path: Path) -> None:
    write_template(template_of(bare), tmp_path / "facts.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "facts.xlsx")["facts"]
    header = [cell.value for cell in sheet[1]]
    for row in sheet.iter_rows(min_row=2):
        coloured = [header[cell.column - 1] for cell in row if cell.fill.fill_type == "solid"]
        assert sorted(coloured) == sorted(str(row[header.index("#fill")].value).split(", "))


def test_a_name_is_never_a_formula(open_registry: Callable[..., Registry], clock: Any, tmp_path: Path) -> None:
    registry = open_registry()
    Backend(registry, clock).locations(location("=L1", evse("E1"), name='=HYPERLINK("https://example.com")'))
    template = template_of(registry)
    write_template(template, tmp_path / "facts.xlsx")
    rows = list(openpyxl.load_workbook(tmp_path / "facts.xlsx")["facts"].iter_rows(min_row=2))
    assert "f" not in {cell.data_type for row in rows for cell in row}
    assert rows[-1][1].value == "=L1", "an id is as it is"
    write_template(template, tmp_path / "facts.csv")
    assert "=HYPERLINK" not in (tmp_path / "facts.csv").read_text()


def test_another_ending_is_refused(bare: Registry, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"facts\.ods: an overlay template is CSV or XLSX"):
        write_template(template_of(bare), tmp_path / "facts.ods")
