"""What a person enters: wrong rows are refused one by one, right ones that may be meant otherwise are remarked on."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import Engine

from app.compliance.uptime.counting import OUTAGE, UP
from app.compliance.uptime.entering import Refused, read, read_file, remarks
from app.compliance.uptime.figures import Cause
from app.compliance.uptime.judging import outages
from app.compliance.uptime.sheet import read_sheet
from app.compliance.uptime.suggesting import suggested
from app.compliance.uptime.window import windows
from app.errors import ConfigError
from app.registry.database import reading
from app.registry.exclusions import Statement
from app.registry.views import View
from tests.compliance.uptime.year import DATA, NOW, rows

CAUSES = [*Cause, UP, OUTAGE]
FIELDS = {
    "port": "US*ABC*EHLEAP",
    "since": "2028-02-28T12:00:00Z",
    "until": "2028-02-29T12:00:00Z",
    "cause": "vandalism",
    "who": "Operations",
    "why": "Cable cut",
}


def entered(engine: Engine, **fields: str) -> Statement:
    with reading(engine) as connection:
        return read({**FIELDS, **fields}, connection, CAUSES, "")


def remarked(engine: Engine, **fields: str) -> list[str]:
    statement = entered(engine, **fields)
    with reading(engine) as connection:
        return list(remarks(statement, connection))


def test_each_wrong_row_is_named_and_the_right_ones_are_taken(year: Engine) -> None:
    file = DATA / "wrong.csv"
    with reading(year) as connection:
        found = read_file(file, connection, CAUSES)
    assert [(error.where.rpartition(":")[2], error.field) for error in found.refused] == [
        ("2", "until"),
        ("3", "since"),
        ("4", "port"),
        ("5", "cause"),
        ("6", "location"),
        ("7", "who"),
    ]
    assert all(error.remedy for error in found.refused)
    assert [where for where, _ in found.statements] == [f"{file}:8"]
    assert found.known == [f"{file}:9: the same as {file}:8; not again"]


def test_what_was_entered_before_is_not_entered_again(year: Engine) -> None:
    with reading(year) as connection:
        found = read_file(DATA / "exclusions.csv", connection, CAUSES)
    assert (found.statements, found.refused) == ([], [])
    assert len(found.known) == len(rows("exclusions.csv"))


def test_a_workbook_says_the_same(year: Engine, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(list(FIELDS))
    book.active.append(list(FIELDS.values()))
    book.save(tmp_path / "entries.xlsx")
    with reading(year) as connection:
        found = read_file(tmp_path / "entries.xlsx", connection, CAUSES)
    assert [statement for _, statement in found.statements] == [entered(year)]


def test_a_file_without_the_columns_is_refused_whole(year: Engine, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("port,from,until\n")
    with reading(year) as connection, pytest.raises(ConfigError, match=r"a.csv:1: unknown column 'from'"):
        read_file(tmp_path / "a.csv", connection, CAUSES)


@pytest.mark.parametrize("name", ["US*ABC/h-leap", "US*ABC*EHLEAP", "H-LEAP", "usabcehleap"])
def test_a_port_is_named_as_people_name_it(year: Engine, name: str) -> None:
    assert entered(year, port=name).place.key == "us*abc/h-leap"


def test_the_id_of_a_port_that_moved_means_the_one_in_service(year: Engine) -> None:
    assert entered(year, port="US*ABC*EMOVED").place.key == "us*abc/h-moved"


def test_a_source_nobody_knows_is_refused(year: Engine) -> None:
    assert entered(year, port="", source="abc").place.key == "abc"
    with pytest.raises(Refused, match="there is no source xyz"):
        entered(year, port="", source="xyz")


def test_what_overlaps_no_outage_or_less_than_said_is_remarked_on(year: Engine) -> None:
    assert remarked(year) == []
    assert remarked(year, since="2028-02-20T00:00:00Z", until="2028-02-21T00:00:00Z") == [
        "there is no outage in it, so it changes nothing"
    ]
    assert remarked(year, since="2028-02-28T00:00:00Z") == ["longer than the outages in it: of 36 h only 24 h count"]


def test_an_overlap_with_another_exclusion_is_remarked_on(year: Engine) -> None:
    found = remarked(year, port="H-EXCL", since="2028-04-03T00:00:00Z", until="2028-04-03T08:00:00Z")
    assert found == [
        "overlaps exclusion 1 for 8 h of outage, which counts once",
        "overlaps exclusion 2 for 2 h of outage, which counts once",
    ]


def test_without_a_word_of_the_charger_nothing_is_suggested(year: Engine) -> None:
    sheet = read_sheet("us_nevi")
    assert list(suggested(year, outages(year, sheet, windows(sheet, "2028-09"), NOW, View()))) == []
