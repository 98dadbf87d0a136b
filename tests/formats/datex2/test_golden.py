"""The location with everything, as each dialect says it: files to read, and to compare after a change."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from lxml import etree

from tests.formats.datex2.publications import DATA, document
from tests.objects import location

GOLDEN = sorted((DATA / "golden").iterdir())


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.name)
def test_a_document_is_as_it_was(path: Path):
    body = document(f"datex2-{path.stem}-{path.suffix[1:]}", [location()])
    assert pretty(body, path.suffix) == path.read_text(encoding="utf-8")


def pretty(body: bytes, suffix: str) -> str:
    if suffix == ".json":
        return json.dumps(json.loads(body), ensure_ascii=False, indent=1) + "\n"
    root = etree.fromstring(body, etree.XMLParser(remove_blank_text=True))
    return etree.tostring(root, encoding="unicode", pretty_print=True)
