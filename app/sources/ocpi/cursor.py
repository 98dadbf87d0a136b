"""How far an OCPI list was read: the `date_from` of the next incremental pull.

Safe is the earliest of three: the latest `last_updated` seen (nothing newer can have been read), the first page's `timestamp`
(what changed while later pages were read comes again), and the time here when the crawl began (a backend, or one
charger, whose clock runs ahead cannot push it past the present). `overlap` goes off that when it is used, for what the
backend commits late. What comes twice costs a hash.
"""

from __future__ import annotations

from dataclasses import dataclass

import orjson

from app.clock import Millis, format_time, parse_time
from app.sources.ocpi.settings import Version


@dataclass(frozen=True, slots=True)
class Cursor:
    version: Version
    since: Millis

    def write(self) -> str:
        return orjson.dumps({"version": self.version, "since": format_time(self.since)}).decode()

    def date_from(self, overlap: float) -> str:
        """Whole seconds, rounded down: OCPI 2.1.1 knows no fractions."""
        return format_time(max(0, self.since - round(overlap * 1000)) // 1000 * 1000)[:19] + "Z"


def read(text: str | None, version: Version) -> Cursor | None:
    """None where there is none that means anything for this version: then everything is read."""
    try:
        found = orjson.loads(text or "null")
        cursor = Cursor(found["version"], parse_time(found["since"]))
    except (orjson.JSONDecodeError, TypeError, KeyError, ValueError):
        return None
    return cursor if cursor.version == version else None


def after(
    version: Version, before: Cursor | None, newest: Millis | None, generated: Millis | None, began: Millis
) -> Cursor:
    """The cursor after a crawl; one that brought nothing newer leaves it where it was (`before`)."""
    if before is not None and newest is None:
        return before
    since = min(time for time in (newest, generated, began) if time is not None)
    return Cursor(version, since if before is None else max(since, before.since))
