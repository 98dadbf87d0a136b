"""What a filing is about: a quarter (modules 2 to 4) or a year (5 to 9), and when it is due."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime

from app.clock import Millis, to_millis
from app.errors import ConfigError
from app.formats.evchart.module import Cadence, modules

_PERIOD = re.compile(r"(\d{4})(?:Q([1-4]))?", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Period:
    year: int
    quarter: int | None
    """None: the year."""

    @classmethod
    def parse(cls, text: str) -> Period:
        """`2026Q3` or `2026`. Raises ConfigError."""
        found = _PERIOD.fullmatch(text)
        if found is None:
            raise ConfigError(
                f"{text!r} is no period", where="--period", remedy="Write it as 2026Q3, or 2026 for a year"
            )
        return cls(int(found[1]), int(found[2]) if found[2] else None)

    def __str__(self) -> str:
        return f"{self.year}Q{self.quarter}" if self.quarter else str(self.year)

    @property
    def since(self) -> Millis:
        return _month(self.year, 3 * self.quarter - 2 if self.quarter else 1)

    @property
    def until(self) -> Millis:
        """Not included."""
        return _month(self.year, (3 * self.quarter if self.quarter else 12) + 1)

    @property
    def windows(self) -> list[tuple[Millis, Millis]]:
        """The twelve months to the end of each of its months (680.112(a)(7)); the end is not included."""
        last = 3 * self.quarter if self.quarter else 12
        return [(_month(self.year - 1, month + 1), _month(self.year, month + 1)) for month in range(last - 2, last + 1)]

    @property
    def due(self) -> date:
        """A quarter: a month after it; a year: 1 March (680.112)."""
        if self.quarter is None:
            return date(self.year + 1, 3, 1)
        year, month = (self.year + 1, 1) if self.quarter == 4 else (self.year, 3 * self.quarter + 1)
        return date(year, month, 30 if month == 4 else 31)

    @property
    def modules(self) -> tuple[int, ...]:
        """Those that are filed for such a period."""
        quarterly = self.quarter is not None
        return tuple(number for number, one in modules().items() if (one.cadence is Cadence.QUARTERLY) == quarterly)


def _month(year: int, month: int) -> Millis:
    """When it begins; month 13 is January of the next year."""
    return to_millis(datetime(year + (month - 1) // 12, (month - 1) % 12 + 1, 1, tzinfo=UTC))
