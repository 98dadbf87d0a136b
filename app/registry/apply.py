"""The registry: the one way in. Batches of sources, time, and a person's decisions end in commits of the journal."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any, Self

from sqlalchemy import Connection, Engine, func, select, update

from app.clock import Clock, Millis
from app.model.batch import Batch, Kind, Role
from app.model.problem import Problem
from app.registry import contributions, guards, pruning, remerge, states, timer
from app.registry.absent import lost, plan_absent
from app.registry.apart import unheard, unpriced
from app.registry.applied import Applied as Applied
from app.registry.applied import Result
from app.registry.commit import Commit, P, carry_out
from app.registry.database import migrate, open_engine, reading, writing
from app.registry.database_clock import clock_of
from app.registry.guards import Held
from app.registry.leases import Lease, check_lease
from app.registry.locations import LocationPlanner
from app.registry.missing import DeletePlanner, MissingPlanner
from app.registry.overlay import Overlay
from app.registry.policy import SourcePolicy
from app.registry.precedence import Precedence
from app.registry.projection import PublicFeed
from app.registry.silence import note_silence
from app.registry.states import SourceState
from app.registry.statuses import EmbeddedStatusPlanner, Heard, news, planners
from app.registry.tables import evse, feed_head
from app.registry.tariffs import TariffPlanner

_LOOK_AGAIN: Millis = 60_000
_SET: Millis = 2_000
_FIRST_PULL: Millis = 60_000
"""After a start, what a source has to say takes so long to come at most, or its time to live where that is less."""
"""A clock that moves by more within one tick was set."""


class Registry:
    """Writes one database. Thread-safe; several processes may write one PostgreSQL, each source led by one of them."""

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        policies: Mapping[str, SourcePolicy] | None = None,
        overlay: Callable[[], Overlay] = Overlay,
    ) -> None:
        self.engine = engine
        self.clock = clock
        self._policies = dict(policies or {})
        self._overlay = overlay
        self._writing = Precedence()
        self._heard: dict[str, tuple[int, Heard]] = {}
        self._began = self.clock.steady()
        self._ahead: Millis | None = None
        self._set_forward: Millis | None = None  # when that was, by what passes evenly
        self._silent: dict[str, Millis] = {}  # sources whose statuses are all UNKNOWN by age, and when that was seen
        self._problems: dict[tuple[str, Kind], list[Problem]] = {}

    @classmethod
    def open(
        cls,
        url: str,
        *,
        clock: Clock | None = None,
        policies: Mapping[str, SourcePolicy] | None = None,
        overlay: Callable[[], Overlay] = Overlay,
    ) -> Self:
        """Opens the database and brings it to this version's tables. Raises ConfigError, RegistryError."""
        engine = open_engine(url)
        migrate(engine)
        return cls(engine, clock or clock_of(engine), policies, overlay)

    def feed(self) -> PublicFeed:
        return PublicFeed(self.engine)

    def _laid_over(self) -> Overlay:
        return self._overlay().at(self.clock.now())

    def policy(self, source: str) -> SourcePolicy:
        return self._policies.get(source, SourcePolicy())

    def apply(self, batch: Batch, lease: Lease | None = None) -> Applied:
        """Takes in a batch; applying it twice writes nothing the second time.

        Raises LeaseLost where `lease` has gone to another worker.
        """
        if batch.kind is Kind.STATUSES:
            return self._apply_statuses(batch, lease)
        with reading(self.engine) as connection:
            changed = contributions.changed_raws(connection, batch)
            earliest = self._last_success(connection, batch)
        parsed = contributions.parse_raws(batch, changed)
        with self._writing.then():
            if batch.kind is Kind.TARIFFS:
                return self._apply_tariffs(batch, parsed, earliest, lease)
            return self._apply_locations(batch, parsed, earliest, lease)

    def _apply_locations(
        self, batch: Batch, parsed: list[contributions.ParsedRaw], earliest: Millis | None, lease: Lease | None
    ) -> Applied:
        policy = self.policy(batch.source)
        result = Result(batch)
        if Role.INVENTORY in policy.roles:
            located, commit = self._carry_out(
                lease, LocationPlanner(batch, parsed, policy, self._laid_over(), earliest, self.clock.now())
            )
            result.add(commit, located.problems)
        else:
            embedded, commit = self._carry_out(
                lease, EmbeddedStatusPlanner(batch, parsed, policy, earliest, self.clock.now())
            )
            result.add(commit, embedded.problems)
        if batch.deleted:
            _, commit = self._carry_out(lease, DeletePlanner(batch, self.clock.now()))
            result.add(commit)
        if batch.complete and Role.INVENTORY in policy.roles:
            missing, commit = self._carry_out(lease, MissingPlanner(batch, _present(batch), policy, self.clock.now()))
            result.add(commit, held=missing.held_id)
            with reading(self.engine) as connection:
                result.tell(unheard(connection, batch.source))
        return self._finish(result, lease)

    def _apply_tariffs(
        self, batch: Batch, parsed: list[contributions.ParsedRaw], earliest: Millis | None, lease: Lease | None
    ) -> Applied:
        present = _present(batch) if batch.complete else None
        planner = TariffPlanner(batch, parsed, self.policy(batch.source), present, earliest, self.clock.now())
        planned, commit = self._carry_out(lease, planner)
        result = Result(batch)
        result.add(commit, planned.problems, held=planned.held_id)
        if batch.complete:
            with reading(self.engine) as connection:
                result.tell(unpriced(connection, batch.source))
        return self._finish(result, lease)

    def _apply_statuses(self, batch: Batch, lease: Lease | None) -> Applied:
        policy = self.policy(batch.source)
        with self._writing.first():
            with reading(self.engine) as connection:
                state = states.read_state(connection, batch.source, batch.kind)
                inventory = connection.execute(select(func.max(evse.c.id))).scalar()
            heard = self._heard_of(batch.source, lease)
            stale = state is not None and state.stale
            if stale or heard.inventory != inventory:
                heard.forget()
            found = news(batch, heard)
            if len(found.absent) > policy.hold_share * len(heard.rows):
                heard.forget()
                found = news(batch, heard)
            earliest = None if batch.events or state is None else state.succeeded_at
            result, pending, matched = Result(batch), set[str](), set[int]()
            result.add(None, found.problems)
            for planner in planners(batch, found, policy, earliest, self.clock.now()):
                planned, commit = self._carry_out(lease, planner)
                result.add(commit, planned.problems)
                pending |= planned.pending
                matched |= planned.matched
            doubted = False
            if batch.complete and not heard.complete:
                doubted = self._take_away_absent(result, heard, matched, lease)
            if not batch.events and not doubted:
                heard.inventory = inventory
                heard.remember(found, pending, complete=batch.complete)
            return self._finish(result, lease, matched if stale or batch.events else None)

    def _take_away_absent(self, result: Result, heard: Heard, matched: Collection[int], lease: Lease | None) -> bool:
        """Of a poll that was looked at whole: what it lacks becomes UNKNOWN. True where that is too much to be believed."""
        batch, policy = result.batch, self.policy(result.batch.source)
        expired = heard.lost_since is not None and batch.received_at - heard.lost_since > policy.ttl
        share = None if expired else policy.hold_share
        while True:
            plan, commit = self._carry_out(lease, partial(plan_absent, batch=batch, heard=matched, share=share))
            result.add(commit)
            if commit is None:
                break
        if not plan.doubted:
            heard.lost_since = None
            return False
        heard.lost_since = heard.lost_since or batch.received_at
        result.add(None, [lost(batch.source, plan)])
        return True

    def _heard_of(self, source: str, lease: Lease | None) -> Heard:
        """What the source last said in this process; begun anew with a new lease, since another may have led it in
        between."""
        epoch = lease.epoch if lease is not None else 0
        known = self._heard.get(source)
        if known is None or known[0] != epoch:
            known = self._heard[source] = (epoch, Heard())
        return known[1]

    def _finish(self, result: Result, lease: Lease | None, heard: Collection[int] | None = None) -> Applied:
        """Keeps the source's state; a pull is over with its complete batch, or with one that carries a cursor or is a
        poll of its own. `heard` are the EVSEs of a poll that was looked at whole."""
        batch = result.batch
        gathered = self._problems.setdefault((batch.source, batch.kind), [])
        gathered += [problem if problem.source else replace(problem, source=batch.source) for problem in batch.problems]
        if batch.complete or batch.cursor is not None or batch.kind is Kind.STATUSES:
            del self._problems[batch.source, batch.kind]
            own = result.problems if batch.kind is Kind.STATUSES else result.of_pull
            with self._leased(lease) as connection:
                note_silence(connection, batch, self.policy(batch.source).ttl)
                states.succeeded(connection, batch, [*gathered, *own])
                states_now = [state for state in states.read_states(connection) if state.source == batch.source]
            # What the source says may be old itself (a file).
            old = self.clock.now() - batch.received_at > self.policy(batch.source).ttl
            if not old and any(state.stale for state in states_now):
                polled = any(state.kind is Kind.STATUSES and state.succeeded_at for state in states_now)
                self._revive(result, polled, lease, heard)
        return result.applied()

    def _revive(self, result: Result, polled: bool, lease: Lease | None, heard: Collection[int] | None) -> None:
        """The source was silent for too long, and is no more. This comes after its success is written, since until then the
        timer takes it for silent; and before it is marked as fresh, so that one who is killed in between does it again."""
        batch = result.batch
        if batch.kind is Kind.TARIFFS or (batch.kind is Kind.LOCATIONS and polled) or (polled and heard is None):
            return
        while not batch.events:
            _, commit = self._carry_out(lease, partial(timer.plan_revival, source=batch.source, heard=heard))
            result.add(commit)
            if commit is None:
                break
        with self._leased(lease) as connection:
            states.mark(connection, batch.source, stale=False)

    def failed(self, source: str, kind: Kind, error: Exception, lease: Lease | None = None) -> None:
        """A pull failed; what is published stays until the source's time to live ends."""
        self._problems.pop((source, kind), None)
        with self._leased(lease) as connection:
            states.failed(connection, source, kind, self.clock.now(), str(error))

    def tick(self, lease: Lease | None = None) -> int:
        """Journals what has changed by time alone; returns the number of changes. For one leader to call every second
        or so."""
        now, moved = self.clock.now(), self._moved()
        if moved is None or moved < 0:
            self._carry_out(lease, partial(timer.plan_turned_back, now=now))
            self._carry_out(lease, partial(timer.plan_early_stamps, now=now))
        elif moved > 0:
            self._set_forward = self.clock.steady()
        ttls = {source: policy.ttl for source, policy in self._policies.items()}
        changes = self._all(lease, partial(timer.plan_boundaries, now=now)) + self._all(
            lease, partial(timer.plan_schedules, now=now)
        )
        with reading(self.engine) as connection:
            silent = timer.silent_sources(connection, ttls, now)
        silent = [source for source in silent if self._could_speak(source)]
        self._silent = {
            source: at for source, at in self._silent.items() if source in silent and now - at < _LOOK_AGAIN
        }
        for source in silent:
            if source not in self._silent:
                ttl = ttls.get(source, timer.TTL)
                changes += self._all(lease, partial(timer.plan_stale, source=source, ttl=ttl, now=now))
                self._silent[source] = now
        return changes + self._all(lease, partial(timer.plan_held, ttls=ttls, now=now))

    def _could_speak(self, source: str) -> bool:
        """Not in time that did not pass, nor, where it is still asked, before its first pull: then it is not silent."""
        now, ttl = self.clock.steady(), self.policy(source).ttl
        jumped = self._set_forward is not None and now - self._set_forward <= ttl
        begins = source in self._policies and now - self._began <= min(ttl, _FIRST_PULL)
        return not (jumped or begins)

    def _moved(self) -> Millis | None:
        """How far the clock was set since the last tick, back where negative; None: this is the first."""
        before, self._ahead = self._ahead, self.clock.now() - self.clock.steady()
        if before is None:
            return None
        return self._ahead - before if abs(self._ahead - before) > _SET else 0

    def refresh_overlay(self, lease: Lease | None = None) -> tuple[Problem, ...]:
        """Merges every location again that the overlay concerns, or did; without work where it is the one used last.

        Returns what is wrong with its files and its facts. For one leader, now and then.
        """
        with reading(self.engine) as connection:
            head = connection.execute(select(feed_head.c.overlay, feed_head.c.locations)).one()
        overlay = self._laid_over()
        problems = list(overlay.problems)
        if head.overlay == overlay.fingerprint or (head.overlay is None and not overlay.facts):
            return tuple(problems)
        for start in range(0, head.locations, remerge.PORTION):
            ordinals = range(start, start + remerge.PORTION)
            plan = partial(remerge.plan_remerge, overlay=overlay, ordinals=ordinals, now=self.clock.now())
            with self._writing.then():
                planned, _ = self._carry_out(lease, plan)
            problems += planned.problems
        with self._leased(lease) as connection:
            connection.execute(update(feed_head).values(overlay=overlay.fingerprint))
        return tuple(problems)

    def prune(self, before: Millis, lease: Lease | None = None) -> int:
        """Forgets changes published before a time; returns how many. `changes` then starts behind them."""
        forgotten, done = 0, False
        while not done:
            portion = self.portion(partial(pruning.plan_changes, before=before), lease)
            forgotten, done = forgotten + portion.number, portion.done
        return forgotten

    def portion(self, plan: Callable[[Connection], P], lease: Lease | None = None) -> P:
        """One of many (`pruning`, `filling`), behind whatever is waiting. Raises LeaseLost."""
        with self._writing.then():
            return self._carry_out(lease, plan)[0]

    def _all(self, lease: Lease | None, plan: Callable[[Connection], P]) -> int:
        """Carries out portion after portion until there is nothing left to write."""
        changes = 0
        while True:
            with self._writing.then():
                _, commit = self._carry_out(lease, plan)
            if commit is None:
                return changes
            changes += commit.seq - commit.before

    def held(self) -> list[Held]:
        with reading(self.engine) as connection:
            return guards.read_held(connection)

    def release(self, held_id: int) -> None:
        """It is really gone. Raises RegistryError for an unknown number."""
        now, stay = self.clock.now(), SourcePolicy().ended_tariffs_stay
        self._carry_out(None, partial(guards.plan_release, held_id=held_id, stay=stay, now=now))

    def discard(self, held_id: int) -> None:
        """The backend is wrong: what is published stays. Raises RegistryError for an unknown number."""
        self._carry_out(None, partial(guards.plan_discard, held_id=held_id))

    def source_states(self) -> list[SourceState]:
        with reading(self.engine) as connection:
            return states.read_states(connection)

    def cursor(self, source: str, kind: Kind) -> str | None:
        """What the next `fetch` is given; None at the first pull."""
        with reading(self.engine) as connection:
            state = states.read_state(connection, source, kind)
        return None if state is None else state.cursor

    def problems(self, source: str | None = None) -> list[dict[str, Any]]:
        """What is wrong with the records as they last came: `Problem.as_dict()`."""
        with reading(self.engine) as connection:
            return states.record_problems(connection, source)

    @contextmanager
    def _leased(self, lease: Lease | None) -> Iterator[Connection]:
        with writing(self.engine) as connection:
            if lease is not None:
                check_lease(connection, lease)
            yield connection

    def _last_success(self, connection: Connection, batch: Batch) -> Millis | None:
        state = states.read_state(connection, batch.source, batch.kind)
        return None if state is None or batch.events else state.succeeded_at

    def _carry_out(self, lease: Lease | None, plan: Callable[[Connection], P]) -> tuple[P, Commit | None]:
        return carry_out(self.engine, self.clock, lease, plan)


def _present(batch: Batch) -> set[str]:
    """Keys that a complete batch has."""
    return {raw.key for raw in batch.records} | set(batch.unchanged) | set(batch.seen)
