"""Holds what moved to the rules and keeps what came of it, in portions, so that a worker can always be stopped.

1. A round looks at every public location whose version moved since it was evaluated, that was evaluated by other rules, or not
   yet on this day (UTC): some answers change by time alone.
2. Where nothing but statuses moved, which is the most of it, just the rules about statuses are asked again.
3. At its end what is public no more is forgotten, and the quality of the feed is measured.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b

from sqlalchemy import Engine

from app import __version__
from app.clock import Clock, Millis
from app.compliance.examples import named_places
from app.compliance.judging import Judged, RuleBook, judged
from app.compliance.quality import growing, standing
from app.compliance.rule import UNSAID, Answer, State
from app.model.finding import Grade
from app.registry.database import reading, writing
from app.registry.delays import Span, What
from app.registry.evaluation import reading as known
from app.registry.evaluation import writing as kept
from app.registry.evaluation.record import Counts, Evaluated, Gap
from app.registry.leases import Lease, check_lease
from app.registry.origins import Sourced, sourced
from app.registry.views import read_head
from app.tariffs.adhoc import PriceBook

PORTION = 200
"""Locations at once: less than a second."""
_COUNTED = (State.PRESENT, State.MISSING, State.IMPLAUSIBLE, State.UNDECIDED)
"""In the order of `Counts`."""


@dataclass(frozen=True, slots=True)
class Step:
    locations: int
    finished: Millis | None
    """When the round began that has ended with it; None: it goes on."""


class Evaluator:
    """For one thread."""

    def __init__(self, engine: Engine, book: RuleBook, clock: Clock) -> None:
        self._engine = engine
        self._book = book
        self._clock = clock
        self._round: Millis | None = None
        self._after = -1

    def step(self, lease: Lease | None = None) -> Step:
        """The next portion. Raises LeaseLost."""
        if self._round is None:
            self._round, self._after = self._clock.now(), -1
        at, day = self._round, self._round // kept.DAY * kept.DAY
        with reading(self._engine) as connection:
            due = kept.due(connection, self._rules, day, self._after, PORTION)
        found = self._evaluated(due, at)
        with writing(self._engine) as connection:
            if lease is not None:
                check_lease(connection, lease)
            kept.begin_day(connection, day)
            kept.keep(connection, at, self._rules, found)
        if len(due) == PORTION:
            self._after = due[-1].ordinal
            return Step(len(due), None)
        self._finish(lease, at, day)
        self._round = None
        return Step(len(due), at)

    @cached_property
    def _rules(self) -> str:
        """Another one where a rule, a profile or the program is another."""
        return blake2b(f"{__version__} {self._book.told}".encode(), digest_size=16).hexdigest()

    @cached_property
    def _apart(self) -> frozenset[str]:
        """Rules that are none about the data."""
        return frozenset(one.rule.code for one in self._book.uptimes)

    @cached_property
    def _not_of_statuses(self) -> frozenset[str]:
        return frozenset(rule.code for rule in self._book.all() if rule.kind is not What.STATUS)

    def _unasked(self, found: Judged | None, *, whole: bool) -> frozenset[str]:
        if not whole:
            return self._not_of_statuses
        return self._book.apart(found.site.country, found.site.region) if found else frozenset()

    def _evaluated(self, due: Sequence[kept.Due], at: Millis) -> list[Evaluated]:
        prices = PriceBook()
        whole = {one.ordinal: one.whole for one in due}
        found = []
        for one in sourced(self._engine, list(whole)):
            all_of_it = whole[one.object.ordinal]
            answers = judged(one, self._book, at, prices, None if all_of_it else What.STATUS)
            found.append(_record(one, answers, self._unasked(answers, whole=all_of_it)))
        return found

    def _finish(self, lease: Lease | None, at: Millis, day: Millis) -> None:
        with reading(self._engine) as connection:
            gone = kept.gone(connection)
            before = known.standing(connection)
            head = read_head(connection)
            since = day if before is None else before.counted_until + 1
            until = max(since, head.published_at + 1)
            span = Span(since, until)
            grown = growing(self._engine, connection, day, self._book.profiles, span)
        with writing(self._engine) as connection:
            if lease is not None:
                check_lease(connection, lease)
            kept.drop(connection, at, gone)
            kept.keep_quality(connection, standing(connection, day, self._apart), add=False)
            kept.keep_quality(connection, grown, add=True)
            kept.finish(connection, at, until - 1)


def _record(one: Sourced, found: Judged | None, unasked: frozenset[str]) -> Evaluated:
    public = one.object
    party = f"{public.country_code}*{public.party_id}"
    answers = found.answers if found else ()
    country = found.site.country if found else ""
    gaps = list(_gaps(answers))
    key = f"{party}/{public.id}"
    return Evaluated(public.ordinal, public.version, key, party, country, _counts(answers), gaps, unasked)


def _counts(answers: Sequence[Answer]) -> dict[str, Counts]:
    numbers: dict[str, list[int]] = {}
    for answer in answers:
        numbers.setdefault(answer.rule.code, [0, 0, 0, 0])[_COUNTED.index(answer.seen.state)] += 1
    return {rule: Counts(*counts) for rule, counts in numbers.items()}


def _gaps(answers: Sequence[Answer]) -> Iterator[Gap]:
    """One for each rule that anything breaks, in the words of the first."""
    broken: dict[str, list[Answer]] = {}
    for answer in answers:
        if answer.is_gap:
            broken.setdefault(answer.rule.code, []).append(answer)
    for code, some in broken.items():
        rule, seen = some[0].rule, some[0].seen
        grade = Grade.BREACH if any(one.is_breach for one in some) else Grade.WARNING
        remedy = next((one.remedy for one in some if one.remedy), "")
        what = f"{rule.title}: {seen.what or UNSAID}"
        yield Gap(code, grade.value, len(some), named_places(some), what, remedy, weight=len(some))
