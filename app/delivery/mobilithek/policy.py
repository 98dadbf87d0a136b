"""When Mobilithek needs a whole snapshot and when a delta will do, as far as it depends on what stands there.

How often snapshots and deltas are sent at least and at most is `delivery.documents`' to say: a delta a second, a snapshot after
3,500 deltas or 6 hours (Mobilithek FAQ).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from app.clock import Millis
from app.delivery.base import Item


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands there, as far as this process knows."""

    table: str | None = None
    """`Document.identity` of the static publication; None: not known."""
    table_at: Millis = 0
    """The last commit in it, or in one that was withheld."""
    sound: bool = False
    """A snapshot arrived, and every delta after it."""

    def with_table(self, identity: str, at: Millis) -> Standing:
        return replace(self, table=identity, table_at=at)

    def without_table(self, at: Millis) -> Standing:
        """The table of this commit is withheld: the last one stays, and deltas go on until something static changes again."""
        return replace(self, table_at=at)

    def needs_table(self, identity: str) -> bool:
        """It is sent at the start, and when it has changed."""
        return self.table != identity

    def needs_snapshot(self, items: Iterable[Item]) -> bool:
        """A delta would be lost on it: it misses an earlier one, or would be told of what is not in the table, where a reference
        that leads nowhere vanishes in silence; and a delta has no word for a site that is gone."""
        return not self.sound or any(item.object is None or item.object.static_at > self.table_at for item in items)
