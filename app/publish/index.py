"""Which objects are public, by block and view: what totals, offsets and the way to the next page are read from.

It is small (some bytes an object), read once, and then follows the commits: of each it reads the blocks whose version rose, and
members only of those blocks in which an object came, went or moved, so that a status change costs the same in a large network as
in a small one.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, groupby

from app.clock import Millis
from app.model.batch import Kind
from app.registry.projection import BLOCK, Head, Member, PublicReader, View

Scope = tuple[str, str]
"""(party as `DE*ABC`, country of the site as alpha-3; empty for tariffs)."""


@dataclass(frozen=True, slots=True)
class BlockMembers:
    ordinals: array[int]
    scopes: tuple[Scope, ...]
    """Those that occur in the block."""
    owners: bytes
    """For each ordinal the place of its scope in `scopes`."""

    def matching(self, view: View) -> array[int]:
        wanted = [view.covers(*scope) for scope in self.scopes]
        if all(wanted):
            return self.ordinals
        pairs = zip(self.ordinals, self.owners, strict=True)
        return array("q", (ordinal for ordinal, owner in pairs if wanted[owner]))


@dataclass(frozen=True, slots=True)
class Counts:
    """How many objects of a view each block has; blocks without any are not listed."""

    numbers: Sequence[int]
    through: Sequence[int]
    """Objects up to and including each block."""

    @property
    def total(self) -> int:
        return self.through[-1] if self.through else 0

    def from_block(self, number: int) -> Sequence[int]:
        """The numbers of the blocks from `number` on."""
        return self.numbers[bisect_right(self.numbers, number - 1) :]

    def locate(self, offset: int) -> tuple[int, int] | None:
        """(block, place inside it) of the object at `offset`; None behind the last."""
        place = bisect_right(self.through, offset)
        if place == len(self.numbers):
            return None
        return self.numbers[place], offset - (self.through[place - 1] if place else 0)


@dataclass(frozen=True, slots=True)
class KindIndex:
    """The public objects of one kind at one sequence."""

    versions: Mapping[int, int]
    """Block number → version."""
    members: Mapping[int, BlockMembers]
    _counts: dict[View, Counts] = field(default_factory=dict)
    """Worked out when first asked for, and kept while the members stay."""
    _scopes: list[frozenset[Scope]] = field(default_factory=list)
    """Likewise."""

    def version(self, number: int) -> int:
        return self.versions.get(number, -1)

    def matching(self, number: int, view: View) -> array[int]:
        members = self.members.get(number)
        return members.matching(view) if members else array("q")

    def counts(self, view: View) -> Counts:
        known = self._counts.get(view)
        if known is None:
            sizes = ((number, len(self.matching(number, view))) for number in sorted(self.members))
            filled = [(number, size) for number, size in sizes if size]
            known = Counts([number for number, _ in filled], list(accumulate(size for _, size in filled)))
            self._counts[view] = known
        return known

    def scopes(self) -> frozenset[Scope]:
        """Those that occur."""
        if not self._scopes:
            self._scopes.append(frozenset(scope for members in self.members.values() for scope in members.scopes))
        return self._scopes[0]


@dataclass(frozen=True, slots=True)
class Index:
    """The public feed at one sequence. Immutable: each commit gives another one, which shares what did not change."""

    head: Head
    seen_at: Millis
    """When it was read here, and so could be answered from."""
    kinds: Mapping[Kind, KindIndex]

    def scopes(self) -> frozenset[Scope]:
        """Of all public objects."""
        return frozenset[Scope]().union(*(kind.scopes() for kind in self.kinds.values()))

    def parties(self) -> frozenset[str]:
        """`DE*ABC` of all who have public objects."""
        return frozenset(party for party, _ in self.scopes())

    def __getitem__(self, kind: Kind) -> KindIndex:
        return self.kinds[kind]


EVERYTHING = View()
KINDS = (Kind.LOCATIONS, Kind.SITES, Kind.TARIFFS)


def read_index(reader: PublicReader, now: Millis) -> Index:
    """From nothing."""
    kinds = {
        kind: KindIndex(
            reader.blocks(kind),
            {
                number: _packed(part)
                for number, part in groupby(reader.members(kind), lambda member: member.ordinal // BLOCK)
            },
        )
        for kind in KINDS
    }
    return Index(reader.head(), now, kinds)


def follow(index: Index, reader: PublicReader, now: Millis) -> Index:
    """The index at the reader's head, which must not lie before the index's."""
    since, head = index.head.seq, reader.head()
    return Index(head, now, {kind: _follow(index[kind], reader, kind, since) for kind in KINDS})


def _follow(old: KindIndex, reader: PublicReader, kind: Kind, since: int) -> KindIndex:
    risen = reader.blocks(kind, since)
    if not risen:
        return old
    moved = {number: _packed(reader.members(kind, number)) for number in reader.moved(kind, since)}
    changed = {number: members for number, members in moved.items() if members != old.members.get(number)}
    if not changed:
        return replace(old, versions={**old.versions, **risen})
    return KindIndex({**old.versions, **risen}, {**old.members, **changed})


def _packed(members: Iterable[Member]) -> BlockMembers:
    ordinals, owners, scopes = array("q"), bytearray(), dict[Scope, int]()
    for member in members:
        ordinals.append(member.ordinal)
        scope = (f"{member.country_code}*{member.party_id}".upper(), member.country)
        owners.append(scopes.setdefault(scope, len(scopes)))
    return BlockMembers(ordinals, tuple(scopes), bytes(owners))
