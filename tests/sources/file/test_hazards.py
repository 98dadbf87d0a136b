"""Archives that are larger inside than they look, and records that are nested without end."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import openpyxl
import orjson
import pytest

from app.clock import SystemClock
from app.errors import SourceAnswerError
from app.model.batch import Kind
from app.registry.apply import Registry
from app.sources.base import make_source
from app.sources.file.settings import FileSettings
from app.spreadsheet import lines_of
from tests.shared import ROOT

DATA = ROOT / "tests" / "data"


def test_a_cell_far_out_does_not_make_billions_of_empty_ones():
    made = openpyxl.Workbook()
    made.active["A1"], made.active["XFD1048576"] = "location_id", "x"
    file = io.BytesIO()
    made.save(file)
    with pytest.raises(SourceAnswerError, match="most of them empty"):
        for _ in lines_of(file.getvalue(), "x.xlsx", SourceAnswerError):
            pass


def workbook() -> bytes:
    """A sound one, of a cell, with a part of 2 MiB beside it that packs to 2 KiB."""
    made = openpyxl.Workbook()
    made.active.append(["location_id"])
    file = io.BytesIO()
    made.save(file)
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/large.bin", b"\0" * (1 << 21))
    return file.getvalue()


def test_a_workbook_that_unpacks_to_more_than_it_may_is_refused():
    content = workbook()
    assert len(content) < 20_000
    assert list(lines_of(content, "x.xlsx", SourceAnswerError)) == [(1, ["location_id"])]
    with pytest.raises(SourceAnswerError):
        list(lines_of(content, "x.xlsx", SourceAnswerError, limit=1 << 20))


@pytest.mark.parametrize("levels", [260, 900, 1015])
@pytest.mark.parametrize("field", ["name", "beyond_ocpi"])
def test_a_record_that_is_nested_without_end_costs_the_others_nothing(tmp_path: Path, levels: int, field: str) -> None:
    """It could be read, and not be written again: the whole inventory was lost with it."""
    listed = orjson.loads((DATA / "ocpi" / "2.2.1" / "locations.json").read_bytes())
    listed["data"][0][field] = "NESTED"
    nested = orjson.dumps(listed).replace(b'"NESTED"', b"[" * levels + b"]" * levels)
    (tmp_path / "locations.json").write_bytes(nested)
    settings = {"name": "files", "inventory": str(tmp_path / "locations.json"), "version": "2.2.1"}
    source = make_source(FileSettings.model_validate(settings), SystemClock())
    registry = Registry.open(f"sqlite:///{tmp_path / 'feed.db'}")
    for batch in source.fetch(Kind.LOCATIONS, None, full=True):
        registry.apply(batch)
    with registry.feed().read() as reader:
        assert {location.id for location in reader.block(Kind.LOCATIONS, 0)} >= {"LOC1", "LOC2"}
    registry.engine.dispose()
