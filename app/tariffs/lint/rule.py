"""A rule: what a person reads of it, where it holds, and the small function that finds what breaks it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from app.model.finding import Finding, Grade, Strength
from app.model.tariff import Tariff
from app.tariffs.lint.about import About, Requirement

Subject = TypeVar("Subject")


@dataclass(frozen=True, slots=True)
class Fault:
    """One place at which a rule is broken."""

    what: str
    path: str = ""
    """JSON path inside the object."""
    remedy: str = ""
    """Empty: the rule's."""
    key: str = ""
    """Of the object, where it is another than the one that was looked at."""
    connectors: tuple[str, ...] = ()
    """Where it is so, where it is not so wherever the object is used."""


@dataclass(frozen=True, slots=True)
class Rule(Generic[Subject]):
    code: str
    """Never changes once it was published."""
    title: str
    """What holds where the rule is kept."""
    source: str
    """Article, section, class and field, or number of the issue."""
    strength: Strength
    remedy: str
    grade: Grade
    where: tuple[Requirement, ...]
    """Empty: everywhere."""
    check: Callable[[Subject], Iterator[Fault]]

    def unknown(self, about: About, tariff: Tariff) -> tuple[str, ...] | None:
        """Fields that would say whether the rule holds there; empty: it does; None: it does not."""
        missing: list[str] = []
        for requirement in self.where:
            answer = requirement.holds(about, tariff)
            if answer is False:
                return None
            if answer is None:
                missing.extend(requirement.fields)
        return tuple(missing)

    def finding(self, fault: Fault, key: str, missing: tuple[str, ...] = (), at: tuple[str, ...] = ()) -> Finding:
        what, grade, remedy = fault.what, self.grade, fault.remedy or self.remedy
        if missing:
            asked = ", ".join(one.said for one in self.where if {*one.fields} & {*missing})
            what, grade = f"{what}: no matter unless {asked}", Grade.CANNOT_TELL
            remedy = f"Say {', '.join(missing)} at the source or in the overlay"
        return Finding(self.code, grade, fault.key or key, what, remedy, fault.path, missing, fault.connectors or at)


@dataclass(frozen=True, slots=True)
class Rulebook(Generic[Subject]):
    """The rules of one regime, in the order in which they are documented."""

    name: str
    where: tuple[Requirement, ...] = ()
    """What all of its rules ask."""
    rules: list[Rule[Subject]] = field(default_factory=list)

    def may_hold(self, about: About, tariff: Tariff) -> bool:
        return all(requirement.holds(about, tariff) is not False for requirement in self.where)

    def rule(
        self,
        code: str,
        title: str,
        source: str,
        strength: Strength,
        remedy: str,
        *,
        grade: Grade = Grade.BREACH,
        where: tuple[Requirement, ...] = (),
    ) -> Callable[[Callable[[Subject], Iterator[Fault]]], Callable[[Subject], Iterator[Fault]]]:
        """Adds the decorated function as the check of a rule."""

        def add(check: Callable[[Subject], Iterator[Fault]]) -> Callable[[Subject], Iterator[Fault]]:
            self.rules.append(Rule(code, title, source, strength, remedy, grade, (*self.where, *where), check))
            return check

        return add
