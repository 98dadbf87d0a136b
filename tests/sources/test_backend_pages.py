"""config/backends: a page for every source, and what it gives to paste loads."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.settings import load
from app.shipped import shipped
from app.sources.base import BUILT_IN

BACKENDS = shipped("config") / "backends"
PAGES = sorted(BACKENDS.glob("*.md"))


@pytest.mark.parametrize("type_", sorted(BUILT_IN.keys() - {"rest"}))
def test_every_source_has_a_page_that_the_index_names(type_: str) -> None:
    assert f"type: {type_}\n" in (BACKENDS / f"{type_}.md").read_text()
    assert f"[{type_}.md]({type_}.md)" in (BACKENDS / "README.md").read_text()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_a_page_gives_to_paste_loads(page: Path, tmp_path: Path) -> None:
    blocks = [block for block in re.findall(r"```yaml\n(.*?)```", page.read_text(), re.DOTALL) if "type:" in block]
    assert blocks
    for block in blocks:
        config = tmp_path / "config.yaml"
        begun = "" if block.startswith("sources:") else "sources:\n"
        config.write_text(f"operator: {{name: Own}}\n{begun}{block}")
        variables = re.findall(r"\$\{(\w+)\}", block)
        assert load(config, dict.fromkeys(variables, "s3cret-of-some-length")).sources
