"""The evaluation of a worker: holds to the rules what moved, and uptime once a day, a portion of each at a time; and tells what
is new or fixed."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cached_property

import structlog

from app.alerts.channels import channels
from app.alerts.telling import Teller
from app.compliance.evaluation import Evaluator
from app.compliance.judging import RuleBook
from app.compliance.profile import read_profiles
from app.compliance.uptime.evaluation import UptimeEvaluator
from app.registry.apply import Registry
from app.registry.leases import Lease
from app.settings import Settings
from app.shipped import shipped

UPTIME_EVERY = 60.0
"""Whether uptime is to be evaluated is looked at so often: it is once a day, and once exclusions are new."""

log = structlog.get_logger()


def rule_book(settings: Settings) -> RuleBook:
    """Every rule that may hold in this network."""
    return RuleBook(read_profiles(shipped("config") / "profiles", settings.profiles))


class EvaluationDuty:
    """`ready`: whether every source has answered or failed; what is missing before is no finding."""

    def __init__(self, settings: Settings, registry: Registry, ready: Callable[[], bool]) -> None:
        self._settings = settings
        self._registry = registry
        self._ready = ready
        self._evaluator: Evaluator | None = None
        self._uptime: UptimeEvaluator | None = None
        self._uptime_due = 0.0
        told = channels(settings.alerts)
        page = f"{settings.web.url}/compliance"
        self._teller = Teller(registry.engine, told, registry.clock, settings.operator.name, page)
        self._all_told = not told
        self._due = 0.0

    def __call__(self, lease: Lease) -> None:
        if time.monotonic() >= self._due and self._ready():
            self._evaluate(lease)
        elif not self._all_told:
            self._all_told = self._teller.tell(lease)
        if time.monotonic() >= self._uptime_due and self._evaluator is not None:
            self._evaluate_uptime(lease)

    def _evaluate(self, lease: Lease) -> None:
        if self._evaluator is None:
            self._evaluator = Evaluator(self._registry.engine, self._book, self._registry.clock)
        step = self._evaluator.step(lease)
        if step.finished is not None:
            self._due = time.monotonic() + self._settings.alerts.every
            self._all_told = self._teller.tell(lease)

    def _evaluate_uptime(self, lease: Lease) -> None:
        if self._uptime is None:
            self._uptime = UptimeEvaluator(self._registry.engine, self._book, self._registry.clock)
        self._uptime_due = time.monotonic() + UPTIME_EVERY
        if self._uptime.step(lease):
            self._uptime_due = 0.0

    @cached_property
    def _book(self) -> RuleBook:
        return rule_book(self._settings)
