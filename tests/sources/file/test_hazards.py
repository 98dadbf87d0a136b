"""Archives that are larger inside than they look."""

from __future__ import annotations

import io
import zipfile

import openpyxl
import pytest

from app.errors import SourceAnswerError
from app.spreadsheet import lines_of


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
