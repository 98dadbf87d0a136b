"""How a rule finds what is said: by the path of a field, with a check of the value, or else by what follows from other fields.

A path begins with the kind of object, `station.payment.card_reader`; `[SCHEME]` picks the item of a list of register ids:
`operator.registration_ids[BNETZA]`. Checks return why a value cannot be; empty: it may be so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Self

from app.compliance.rule import NOT_SAID, Cell, Look, Seen, State
from app.compliance.site import Subject
from app.wording import worded

Check = Callable[[Any, Subject], str]


def fine(value: Any, subject: Subject) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Route:
    """A path, taken apart."""

    scope: str
    names: tuple[str, ...]
    scheme: str = ""

    @classmethod
    def of(cls, path: str) -> Self:
        path, _, scheme = path.rstrip("]").partition("[")
        scope, *names = path.split(".")
        return cls(scope, tuple(names), scheme)

    def cell(self, hint: str) -> Cell:
        """What operator and owner are is said once for all locations of a party."""
        of_party = self.scope == "location" and self.names[0] in ("operator", "owner", "suboperator")
        written = f"{self.scheme} = {hint or '…'}" if self.scheme else hint
        return Cell("party" if of_party else self.scope, ".".join(self.names), written)

    def found(self, subject: Subject) -> Iterator[tuple[str, Any]]:
        """Path and value of each object that says it."""
        for prefix, body in subject.bodies(self.scope):
            value: Any = body
            for name in self.names:
                value = value.get(name) if isinstance(value, dict) else None
            if self.scheme and value:
                value = next((item["id"] for item in value if item["scheme"].upper() == self.scheme), None)
            if value is not None:
                yield f"{prefix}{'.'.join(self.names)}", value


NOT_AMONG_OTHERS = Seen(State.MISSING, what=worded("the list has others alone"), lacking=())
"""The overlay fills gaps, and a list is whole or not there."""

Find = Callable[[Subject], Seen]
"""A look that always finds something to say."""


def first(*paths: str, check: Check = fine) -> Find:
    """The first that is said, in the order of the paths."""
    routes = [Route.of(path) for path in paths]
    lists = [replace(route, scheme="") for route in routes if route.scheme]

    def look(subject: Subject) -> Seen:
        for route in routes:
            for path, value in route.found(subject):
                return judged(path, check(value, subject))
        others = any(True for route in lists for _ in route.found(subject))
        return NOT_AMONG_OTHERS if others else NOT_SAID

    return look


def judged(path: str, why: str) -> Seen:
    return Seen(State.IMPLAUSIBLE if why else State.PRESENT, path, why)


def derived(what: str) -> Seen:
    """`what`: from what it follows."""
    return Seen(State.PRESENT, what=what, derived=True)


def either(*looks: Find) -> Find:
    """The first that finds anything."""

    def look(subject: Subject) -> Seen:
        return next((seen for one in looks if (seen := one(subject)).state is not State.MISSING), NOT_SAID)

    return look


def yes_or_no(path: str, proof: Callable[[Subject], str]) -> Find:
    """A statement of yes or no. `proof` is what proves a yes, `EVSE.capabilities`; empty: nothing does, which proves no `no`."""
    route = Route.of(path)

    def look(subject: Subject) -> Seen:
        proven = proof(subject)
        for place, value in route.found(subject):
            denied = proven and value is False
            return judged(place, worded("said to be no, but %(proof)s says yes", proof=proven) if denied else "")
        return derived(proven) if proven else NOT_SAID

    return look


def listed(values: Iterable[str]) -> Check:
    """Every item is a known word."""
    known = frozenset(values)

    def check(value: list[str], subject: Subject) -> str:
        strange = [item for item in value if item not in known]
        if not strange:
            return ""
        return worded("%(strange)s: not one of %(known)s", strange=", ".join(strange), known=", ".join(sorted(known)))

    return check


def undecided(look: Look, where: Callable[[Subject], bool], why: str) -> Look:
    """Where `where` says so, whether what is missing is asked for is not decided."""

    def seen(subject: Subject) -> Seen | None:
        found = look(subject)
        if found is not None and found.state is State.MISSING and where(subject):
            return replace(found, state=State.UNDECIDED, what=f"{why} ({found.what})" if found.what else why)
        return found

    return seen
