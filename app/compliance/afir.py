"""The rules of Regulation (EU) 2023/1804 (AFIR), Art. 20(2), as `afir.yaml` describes them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from app.compliance.element import Element, Limits
from app.compliance.reading import read_list
from app.compliance.rule import Rule

EU = frozenset(
    ("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV", "MT",
     "NL", "PL", "PT", "RO", "SE", "SI", "SK")
)  # fmt: skip
"""Where it holds (alpha-2). Whether it has been taken over into the EEA agreement is not verified."""


@cache
def afir_rules() -> tuple[Rule, ...]:
    """In the order of the annex."""
    elements = read_list(Path(__file__).with_name("afir.yaml"), Element)
    return tuple(one.rule("afir", "Art. 20(2)", Limits()) for one in elements)
