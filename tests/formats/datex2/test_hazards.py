"""XML that means harm: entities that grow or read a file, a DTD from elsewhere. None is resolved, the document is refused."""

from __future__ import annotations

import pytest

from app.errors import SourceAnswerError
from app.formats.datex2.read_document import read_document
from app.formats.validate import validate
from tests.shared import ROOT

HAZARDS = sorted((ROOT / "tests" / "data" / "datex2" / "hazards").glob("*.xml"))


@pytest.mark.parametrize("path", HAZARDS, ids=lambda path: path.stem)
def test_a_document_that_would_grow_or_reach_out_is_refused(path):
    with pytest.raises(SourceAnswerError, match=r"DTD|no well-formed XML"):
        read_document(path.read_bytes(), path.name)


@pytest.mark.parametrize("path", HAZARDS, ids=lambda path: path.stem)
def test_who_validates_it_is_told_so(path):
    report = validate(path.read_bytes(), "datex2")
    assert [finding for finding in report.findings if "DTD" in finding.problem.what or "XML" in finding.problem.what]
