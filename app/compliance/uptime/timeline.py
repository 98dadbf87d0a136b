"""What a port was when, in one window: the spans in which it was not up, each of one class.

1. Before it was open it is not part of the population. From then until its history begins, and what is yet to come, is
   unobserved.
2. Each condensed span of the registry is of the class that the sheet gives its status.
3. While its source said nothing, what it said before does not go on by itself.
4. A person's `up` settles what was unobserved, and nothing else; an `outage` whatever it was.
5. Where the sheet counts only the hours in which a place is open, the others are outside.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from operator import itemgetter
from typing import NamedTuple

from app.clock import Millis
from app.compliance.uptime.figures import Class
from app.compliance.uptime.spans import Spans, merged, without
from app.registry.downtime import Downtime

NOT_YET, TO_COME, DECIDED, SILENT = "no status yet", "to come", "decided", "silent"


class Segment(NamedTuple):
    since: Millis
    until: Millis
    kind: Class
    status: str
    """`UNKNOWN` where nobody said any."""
    reason: str | None = None
    goes_on: bool = False

    def pieces(self, spans: Spans) -> Iterator[Segment]:
        """As much of it as is left."""
        for since, until in spans:
            yield self._replace(since=since, until=until, goes_on=self.goes_on and until == self.until)


Timeline = Sequence[Segment]
Kinds = Mapping[Class, Spans]
ClassOf = Callable[[str, str | None], Class]
"""Of a status and its reason."""


def unseen(since: Millis, until: Millis, opened: Millis | None, first: Millis | None, now: Millis) -> Iterator[Segment]:
    """What no status tells of: not open yet, no status yet, to come."""
    begin = since if opened is None else min(max(since, opened), until)
    seen, end = min(until, now) if first is None else min(max(begin, first), until), min(until, now)
    if since < begin:
        yield Segment(since, begin, Class.OUTSIDE, "PLANNED")
    if begin < seen:
        yield Segment(begin, seen, Class.UNOBSERVED, "UNKNOWN", NOT_YET)
    if max(end, begin) < until:
        yield Segment(max(end, begin), until, Class.UNOBSERVED, "UNKNOWN", TO_COME)


def told(downtimes: Iterable[Downtime], class_of: ClassOf, since: Millis, until: Millis) -> Iterator[Segment]:
    known: dict[tuple[str, str | None], Class] = {}  # there are many spans, of few statuses
    for begin, end, status, reason, _ in downtimes:
        kind = known.get((status, reason))
        if kind is None:
            kind = known[status, reason] = class_of(status, reason)
        goes_on = end is None
        if begin < since:
            begin = since
        if end is None or end > until:
            end = until
        if begin < end and kind is not Class.UP:
            yield Segment(begin, end, kind, status, reason, goes_on)


def silent(timeline: Timeline, silences: Spans) -> list[Segment]:
    """Where nothing else is told, and its source said nothing."""
    known = merged(_span(one) for one in timeline)
    return [*timeline, *(Segment(*span, Class.UNOBSERVED, "UNKNOWN", SILENT) for span in without(silences, known))]


def decided(timeline: Timeline, up: Spans, outage: Spans, closed: Spans) -> list[Segment]:
    """After what people said, and without the hours (`closed`) that do not count."""
    found = [*timeline]
    if up:
        found = [piece for one in found for piece in (one.pieces(without([_span(one)], up)) if _open(one) else (one,))]
    if outage:
        fixed = merged(_span(one) for one in found if not _open(one))
        found = [
            piece for one in found for piece in (one.pieces(without([_span(one)], outage)) if _open(one) else (one,))
        ]
        found += (Segment(*span, Class.OUTAGE, "UNKNOWN", DECIDED) for span in without(outage, fixed))
    if closed:
        found = [piece for one in found for piece in one.pieces(without([_span(one)], closed))]
        found += (Segment(*span, Class.OUTSIDE, "", "closed") for span in closed)
    return joined(found)


def joined(segments: Iterable[Segment]) -> list[Segment]:
    """In order; what follows each other without a gap and is of one class is one, with the status it began with."""
    found: list[Segment] = []
    for one in sorted(segments, key=itemgetter(0)):
        last = found[-1] if found else None
        if last is not None and last.until >= one.since and last.kind is one.kind:
            found[-1] = last._replace(until=max(last.until, one.until), goes_on=one.goes_on)
        else:
            found.append(one)
    return found


def by_kind(timeline: Timeline) -> Kinds:
    """Of one that is in order (`joined`)."""
    found = defaultdict[Class, Spans](list)
    for since, until, kind, _, _, _ in timeline:
        found[kind].append((since, until))
    return found


def of_kind(found: Kinds, *kinds: Class) -> Spans:
    """Of any of them."""
    some = [found[kind] for kind in kinds if kind in found]
    return some[0] if len(some) == 1 else merged(chain.from_iterable(some))


def _open(segment: Segment) -> bool:
    return segment.kind is Class.UNOBSERVED


def _span(segment: Segment) -> tuple[Millis, Millis]:
    return segment.since, segment.until
