"""Rule sheets: every one can be read, and a mistake is named by its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.compliance.uptime.sheet import FOLDER, read_sheet, sheet_names
from app.errors import ConfigError


@pytest.mark.parametrize("name", sheet_names())
def test_every_sheet_says_its_law_and_how_far_it_is_verified(name: str) -> None:
    sheet = read_sheet(name)
    assert sheet.link.startswith("https://")
    assert sheet.article
    assert sheet.unverified


def test_a_mistake_in_a_sheet_names_the_line(tmp_path: Path) -> None:
    text = (FOLDER / "us_nevi.yaml").read_text().replace("vandalism:", "meteorite:")
    (tmp_path / "own.yaml").write_text(text)
    line = text[: text.index("meteorite")].count("\n") + 1
    with pytest.raises(ConfigError, match=rf"own.yaml:{line}: .*meteorite"):
        read_sheet(str(tmp_path / "own.yaml"))
