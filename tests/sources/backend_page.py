"""What the pages on backends tell to do, so that tests can do it."""

from __future__ import annotations

import re

from app.shipped import shipped


def rights(backend: str, **replaced: str) -> str:
    """The SQL that the page says gives the rights, with words replaced."""
    page = (shipped("config") / "backends" / f"{backend}.md").read_text()
    [sql] = re.findall(r"```sql\n(.*?)```", page, re.DOTALL)
    for word, other in replaced.items():
        sql = re.sub(rf"\b{word}\b", other, sql)
    return sql
