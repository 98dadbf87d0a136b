"""The names of the regimes alone: a command line should not have to read the rules to know them."""

from __future__ import annotations

import re
from pathlib import Path

FILE = Path(__file__).with_name("rules.yaml")
_KEY = re.compile(r"^([a-z][a-z0-9_]*):", re.MULTILINE)


def regime_names() -> tuple[str, ...]:
    """The keys of `rules.yaml`, in its order."""
    return tuple(_KEY.findall(FILE.read_text(encoding="utf-8")))
