"""The rules about uptime, evaluated once a day for the last period that is over, and anew once exclusions are entered or revoked.

    what is due? → outages up to date → of each rule: locations, a portion at a time → networks → the round is whole

A round may take minutes: it goes on by steps, and one that is broken off begins anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, Engine

from app.clock import Clock
from app.compliance.judging import RuleBook
from app.compliance.uptime.figures import PortUptime
from app.compliance.uptime.findings import Standing
from app.compliance.uptime.judging import Networks, judged_pools, read_told, within
from app.compliance.uptime.rule import UptimeRule
from app.compliance.uptime.window import last_period, windows
from app.registry.database import reading, writing
from app.registry.downtime import follow, is_condensed
from app.registry.evaluation import reading as known
from app.registry.evaluation import writing as kept
from app.registry.evaluation.record import Evaluated
from app.registry.exclusions import told
from app.registry.leases import Lease, check_lease
from app.registry.population import Pool, portion
from app.registry.views import View

Ports = dict[int, list[PortUptime]]
"""Of the population, by location."""


class UptimeEvaluator:
    """For one thread. The data have to be evaluated before, and the outages condensed."""

    def __init__(self, engine: Engine, book: RuleBook, clock: Clock) -> None:
        self._engine = engine
        self._rules = book.uptimes
        self._codes = frozenset(rule.code for rule in book.all())
        self._clock = clock
        self._round: Iterator[None] | None = None
        self._lease: Lease | None = None

    def step(self, lease: Lease | None = None) -> bool:
        """The next portion; whether there may be more. Raises LeaseLost."""
        self._lease = lease
        if self._round is None:
            if not self._is_due():
                return False
            self._round = self._evaluate()
        for _ in self._round:
            return True
        self._round = None
        return False

    def _is_due(self) -> bool:
        with reading(self._engine) as connection:
            if known.standing(connection) is None or not is_condensed(connection):
                return False
            last = known.standing(connection, known.UPTIME)
            today = self._clock.now() // kept.DAY * kept.DAY
            return last is None or last.at < today or last.counted_until != told(connection)

    def _evaluate(self) -> Iterator[None]:
        at = self._clock.now()
        follow(self._engine)
        with reading(self._engine) as connection:
            said = told(connection)
        for one in self._rules:
            yield from self._networks(one) if one.sheet.of == "network" else self._locations(one)
        with writing(self._engine) as connection:
            self._check(connection)
            kept.finish(connection, at, said, known.UPTIME)

    def _locations(self, one: UptimeRule) -> Iterator[None]:
        standing = Standing(one, self._codes)
        for pools, ports in self._portions(one):
            with reading(self._engine) as connection:
                before = known.counted_at(connection, one.rule.code, [pool.ordinal for pool in pools])
            asked = [pool for pool in pools if pool.ordinal in ports.keys() | before]
            self._keep(one, [standing.location(pool, ports.get(pool.ordinal, ())) for pool in asked])
            yield

    def _networks(self, one: UptimeRule) -> Iterator[None]:
        standing, networks = Standing(one, self._codes), Networks(one.sheet)
        for _, ports in self._portions(one):
            for port in (port for some in ports.values() for port in some):
                networks.add(port)
            yield
        found = [standing.network(network) for network in networks.found()]
        with reading(self._engine) as connection:
            gone = known.networks(connection) - {(network.party, network.country) for network in found}
        self._keep(one, [*found, *(standing.no_network(*names) for names in sorted(gone))])

    def _portions(self, one: UptimeRule) -> Iterator[tuple[list[Pool], Ports]]:
        """Locations in the countries of the rule, with their ports."""
        after: int | None = -1
        now, view = self._clock.now(), within(one.sheet, View())
        asked = windows(one.sheet, last_period(one.sheet, now))
        with reading(self._engine) as connection:
            beside = read_told(connection, asked)
        while view is not None and after is not None:
            ports = defaultdict[int, list[PortUptime]](list)
            with reading(self._engine) as connection:
                pools, after = portion(connection, view, after)
                for pool, judged in judged_pools(connection, pools, one.sheet, asked, now, beside):
                    ports[pool.ordinal].append(judged.uptime)
            yield pools, ports

    def _keep(self, one: UptimeRule, found: Sequence[Evaluated]) -> None:
        with writing(self._engine) as connection:
            self._check(connection)
            kept.keep_apart(connection, self._clock.now(), one.rule.code, found)

    def _check(self, connection: Connection) -> None:
        if self._lease is not None:
            check_lease(connection, self._lease)
