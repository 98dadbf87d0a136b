"""A block: a hundred ordinals of one kind in one format, rendered once and then kept up to date by what changed.

A fragment is one object in one format. Its bytes are a function of the public object alone, whenever it is rendered, so that a
block that was refreshed a thousand times equals one rendered from nothing.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import NamedTuple

import structlog

from app.clock import Millis, parse_time
from app.formats.base import Context, Format, Rendered
from app.model.batch import Kind
from app.model.identifiers import object_key
from app.model.loss import Loss
from app.publish.compression import EMPTY, Piece, deflate
from app.publish.judge import Flaws, Judge
from app.registry.projection import PublicObject, View

log = structlog.get_logger()

Losses = tuple[tuple[str, str], ...]
"""(path, reason) of each loss of one fragment."""


@dataclass(frozen=True, slots=True)
class Rendering:
    """What the fragments of a block depend on besides the objects."""

    format: Format
    kind: Kind
    countries: frozenset[str] = frozenset()
    """ISO 3166-1 alpha-3 of the sites that anybody sees of it; empty: all. Others are not rendered."""

    @property
    def name(self) -> tuple[str, Kind]:
        return (self.format.name, self.kind)


class Fragment(NamedTuple):
    ordinal: int
    version: int
    body: bytes
    """Empty: the format cannot say the object."""
    losses: Losses
    flaws: Flaws = ()


@dataclass(frozen=True, slots=True)
class Block:
    """The fragments of the public objects of a block (or of some of them), joined by the format's separator."""

    seq: int
    """It says how things stood after this sequence, and still does until the block's version rises above it."""
    ordinals: array[int]
    versions: array[int]
    starts: array[int]
    """Of each fragment in the plain bytes; where it equals the end, the format cannot say the object."""
    ends: array[int]
    losses: tuple[Losses, ...]
    flaws: tuple[Flaws, ...]
    piece: Piece
    count: int
    """Objects that the format can say."""
    identity: bytes
    """Digest of ordinals and versions: equal digests, equal bytes."""

    @property
    def weight(self) -> int:
        """Bytes it takes in memory, about."""
        return self.piece.resident + 32 * len(self.ordinals) + 700

    def fragments(self) -> list[Fragment]:
        plain = self.piece.plain()
        told = zip(self.losses, self.flaws, strict=True)
        columns = zip(self.ordinals, self.versions, self.starts, self.ends, told, strict=True)
        return [Fragment(ordinal, version, plain[start:end], *said) for ordinal, version, start, end, said in columns]

    def only(self, ordinals: Collection[int], separator: bytes) -> Block:
        """The same without the objects that are not in `ordinals`."""
        if all(ordinal in ordinals for ordinal in self.ordinals):
            return self
        return joined([fragment for fragment in self.fragments() if fragment.ordinal in ordinals], self.seq, separator)


def joined(fragments: Iterable[Fragment], seq: int, separator: bytes) -> Block:
    """A block of fragments in order of creation."""
    ordinals, versions, starts, ends = array("q"), array("q"), array("I"), array("I")
    losses, flaws, bodies, at = list[Losses](), list[Flaws](), list[bytes](), 0
    for fragment in fragments:
        ordinals.append(fragment.ordinal)
        versions.append(fragment.version)
        losses.append(fragment.losses)
        flaws.append(fragment.flaws)
        if fragment.body:
            at += len(separator) if bodies else 0
            bodies.append(fragment.body)
        starts.append(at)
        at += len(fragment.body)
        ends.append(at)
    piece = deflate(separator.join(bodies)) if bodies else EMPTY
    identity = blake2b(ordinals.tobytes() + versions.tobytes(), digest_size=16).digest()
    return Block(seq, ordinals, versions, starts, ends, tuple(losses), tuple(flaws), piece, len(bodies), identity)


def rendered_block(
    rendering: Rendering, objects: Iterable[PublicObject], seq: int, judge: Judge | None = None
) -> Block:
    """From nothing."""
    return joined(_fragments(rendering, objects, judge), seq, rendering.format.separator)


def refreshed_block(
    block: Block,
    rendering: Rendering,
    ordinals: Sequence[int],
    changed: Iterable[PublicObject],
    seq: int,
    objects: Callable[[Sequence[int]], Iterable[PublicObject]],
    judge: Judge | None = None,
) -> Block:
    """The block as it stands at `seq`: rendered are only the `changed` objects, kept are those in `ordinals` (public now).

    `objects` reads what is public now and neither in the block nor among the changed.
    """
    fresh = {fragment.ordinal: fragment for fragment in _fragments(rendering, changed, judge)}
    if not fresh and list(ordinals) == list(block.ordinals):
        return replace(block, seq=seq)
    known = {fragment.ordinal: fragment for fragment in block.fragments()} | fresh
    unknown = [ordinal for ordinal in ordinals if ordinal not in known]
    if unknown:
        known |= {fragment.ordinal: fragment for fragment in _fragments(rendering, objects(unknown), judge)}
    fragments = [known[ordinal] for ordinal in ordinals if ordinal in known]
    return joined(fragments, seq, rendering.format.separator)


def _fragments(rendering: Rendering, objects: Iterable[PublicObject], judge: Judge | None) -> Iterator[Fragment]:
    view = View(countries=rendering.countries)
    for item in objects:
        if view.covers("", item.country):
            yield fragment_of(rendering, item, judge)
        else:
            yield Fragment(item.ordinal, item.version, b"", ())


def fragment_of(rendering: Rendering, item: PublicObject, judge: Judge | None = None) -> Fragment:
    """`judge` None: nobody says what is not valid in it.

    An object that makes a format fail is logged and counted as lost: it must not keep the others from the public.
    """
    try:
        rendered = render(rendering, item)
    except Exception as error:  # a format may come from a plug-in
        name = f"{item.country_code}*{item.party_id}/{item.id}"
        log.error("cannot render", format=rendering.format.name, record=name, sequence=item.version, exc_info=True)
        rendered = Rendered(None, (Loss("", f"the format failed: {type(error).__name__}"),))
    losses = _shared(tuple((loss.path, loss.reason) for loss in rendered.losses))
    flaws: Flaws = ()
    if judge is not None and rendered.body:
        key = object_key(item.country_code, item.party_id, item.id)
        flaws = judge.flaws(rendering.format, rendered.body, key)
    return Fragment(item.ordinal, item.version, rendered.body or b"", losses, flaws)


def render(rendering: Rendering, item: PublicObject) -> Rendered:
    context = Context(evaluated_at(item), item.tariffs, item.boundary_at, item.made)
    if rendering.kind is Kind.TARIFFS:
        return rendering.format.tariff(item.body, context)
    return rendering.format.location(item.body, context)


def evaluated_at(item: PublicObject) -> Millis:
    """When the last of all that it is rendered from changed. What time alone changes later is a change of its own
    (`static_at`), so the present time is not needed, and two processes render the same bytes."""
    latest = max((tariff.get("last_updated", "") for tariff in item.tariffs.values()), default="")
    return max(item.last_updated, item.static_at, item.boundary_at, parse_time(latest) if latest else 0)


def total_losses(blocks: Iterable[Block]) -> Counter[tuple[str, str]]:
    """How often each (path, reason) was lost."""
    alike: Counter[Losses] = Counter()
    for block in blocks:
        alike.update(block.losses)
    total: Counter[tuple[str, str]] = Counter()
    for losses, times in alike.items():
        for loss in losses:
            total[loss] += times
    return total


_losses: dict[Losses, Losses] = {}
_MOST_SHARED = 10_000


def _shared(losses: Losses) -> Losses:
    """One tuple for all fragments that lose the same: networks lose in few ways."""
    if len(_losses) >= _MOST_SHARED:
        _losses.clear()
    return _losses.setdefault(losses, losses)
