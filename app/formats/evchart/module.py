"""What each module's table holds, as `modules.yaml` describes it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter

NUMBERS = range(2, 10)
PLACES = 2
"""Decimal places at most, of every decimal."""


class Need(StrEnum):
    REQUIRED = "R"
    BLANK_WHEN_NOTHING = "E"
    """The column is required; a cell may be blank in the one case that the module states."""
    OPTIONAL = "O"


class Cadence(StrEnum):
    QUARTERLY = "quarterly"
    ANNUAL = "annual"
    ONCE = "once"


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Column(_Data):
    key: str
    """As the header writes it."""
    need: Need
    type: Literal["text", "time", "decimal", "flag", "integer"]
    most: int | None = None
    """Characters of a text."""
    exactly: int | None = None
    """Characters of a text, digits of an integer."""
    digits: int = 0
    """Of a decimal, those behind the point (PLACES) included."""
    least: float | None = None
    largest: float | None = None
    values: tuple[str, ...] = ()
    """What may stand in it; empty: any."""
    open: bool = False
    """`values` may not be all there are."""
    switched: bool = False
    """A newer column, unknown where the federal side has not switched it on."""
    means: str

    @property
    def rule(self) -> str:
        """What may stand in a cell, in words: `decimal, at most 5 digits before the point and 2 behind it, at least 0`."""
        said = {
            "text": "text",
            "time": "time as 2026-01-31T12:00:00Z",
            "decimal": f"decimal, at most {self.digits - PLACES} digits before the point and {PLACES} behind it",
            "flag": "TRUE or FALSE",
            "integer": "whole number",
        }[self.type]
        unit = "digits" if self.type == "integer" else "characters"
        parts = (
            f"at most {self.most} characters" if self.most else "",
            f"exactly {self.exactly} {unit}" if self.exactly else "",
            f"at least {self.least:g}" if self.least is not None else "",
            f"at most {self.largest:g}" if self.largest is not None else "",
            f"such as {', '.join(self.values)}" if self.values else "",
        )
        return ", ".join(filter(None, (said, *parts)))


KEYS = (
    Column(key="station_id", need=Need.REQUIRED, type="text", most=36, means="The station; OCPI Location.id"),
    Column(
        key="network_provider",
        need=Need.REQUIRED,
        type="text",
        means="The network, by its key in the federal list (`evchart_key` in AFDC's list of networks)",
    ),
)
"""What names a station, unique in the nation; every module begins with them."""
STATION, NETWORK = (column.key for column in KEYS)


class Module(_Data):
    module: int
    name: str
    cadence: Cadence
    article: str
    """Of 23 CFR."""
    unique: tuple[str, ...]
    """No two rows of a station have the same in these."""
    nothing: tuple[str, ...] = ()
    """Blank, all of them, where there is nothing to report; then alone may E cells be blank. Empty: they may be at any time."""
    nothing_in_full: bool = False
    """A column of `nothing` that the file lacks is not a blank one."""
    when_nothing: str = ""
    columns: tuple[Column, ...]

    @property
    def format(self) -> str:
        """What `chargefeed validate --as` calls it."""
        return f"evchart-{self.module}"

    @property
    def all(self) -> tuple[Column, ...]:
        return (*KEYS, *self.columns)

    @property
    def rule(self) -> str:
        return f"EV-ChART module {self.module}, 23 CFR {self.article}"


@cache
def modules() -> Mapping[int, Module]:
    """By number."""
    text = Path(__file__).with_name("modules.yaml").read_text("utf-8")
    return {module.module: module for module in TypeAdapter(list[Module]).validate_python(yaml.safe_load(text))}


def formats() -> dict[str, Module]:
    """By the name that `--as` takes."""
    return {module.format: module for module in modules().values()}
