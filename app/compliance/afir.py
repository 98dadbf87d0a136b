"""The rules of Regulation (EU) 2023/1804 (AFIR), Art. 20(2), as `afir.yaml` describes them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from app.compliance.element import Element
from app.compliance.reading import read_list
from app.compliance.rule import Rule

EU = frozenset(
    ("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV", "MT",
     "NL", "PL", "PT", "RO", "SE", "SI", "SK")
)  # fmt: skip
"""Where it holds (alpha-2). Whether it has been taken over into the EEA agreement is not verified."""
PART_OF = {"AX": "FI", "GF": "FR", "GP": "FR", "MF": "FR", "MQ": "FR", "RE": "FR", "YT": "FR"}
"""Regions of the Union that are countries of their own in ISO 3166-1 (TFEU Art. 349 and Åland)."""
DAY_S, MINUTE_S = 86_400, 60
"""Implementing Regulation (EU) 2025/655, Art. 2."""


@cache
def afir_rules() -> tuple[Rule, ...]:
    """In the order of the annex."""
    elements = read_list(Path(__file__).with_name("afir.yaml"), Element)
    return tuple(one.rule("afir", "Art. 20(2)", static_s=DAY_S, dynamic_s=MINUTE_S) for one in elements)
