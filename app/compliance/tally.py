"""Many locations added up, by operator and country: memory grows with the rules and the cells, not with the network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from app.compliance.examples import Example, Examples
from app.compliance.judging import Judged
from app.compliance.rule import Answer, Cell, OriginKind, Rule, State
from app.registry.evaluation.reading import Group as Counted
from app.registry.evaluation.record import Life


@dataclass(slots=True)
class Count:
    """A rule over many objects."""

    present: int = 0
    missing: int = 0
    implausible: int = 0
    undecided: int = 0
    backend: int = 0
    """Of what is present, who says it."""
    overlay: int = 0
    derived: int = 0

    @property
    def failed(self) -> int:
        return self.missing + self.implausible

    @property
    def share(self) -> float | None:
        """What is present, of what should be; None where nothing is decided."""
        due = self.present + self.failed
        return self.present / due if due else None

    def add(self, answer: Answer) -> None:
        match answer.seen.state:
            case State.PRESENT:
                self.present += 1
                self._add_origin(answer.origin_kind)
            case State.MISSING:
                self.missing += 1
            case State.IMPLAUSIBLE:
                self.implausible += 1
            case State.UNDECIDED:
                self.undecided += 1

    def _add_origin(self, kind: OriginKind) -> None:
        match kind:
            case OriginKind.BACKEND:
                self.backend += 1
            case OriginKind.OVERLAY:
                self.overlay += 1
            case OriginKind.DERIVED:
                self.derived += 1

    def __iadd__(self, other: Count) -> Count:
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        return self


@dataclass(slots=True)
class Group:
    """The locations of one operator in one country."""

    party: str
    """`DE*ABC`."""
    country: str
    """Alpha-2 of the sites."""
    name: str
    """Of the operator, as its first location says it."""
    locations: int = 0
    complete: int = 0
    """Locations without a gap."""
    points: int = 0
    rules: dict[str, Count] = field(default_factory=dict)

    @property
    def whole(self) -> Count:
        found = Count()
        for count in self.rules.values():
            found += count
        return found


@dataclass(slots=True)
class Need:
    """A cell of the overlay, or what else is to be done, and for how many it is."""

    remedy: str
    cell: Cell | None
    codes: dict[str, None] = field(default_factory=dict)
    """Rules that ask for it."""
    locations: int = 0
    objects: int = 0


@dataclass(slots=True)
class Tally:
    groups: dict[tuple[str, str], Group] = field(default_factory=dict)
    """By party and country."""
    needs: dict[str, Need] = field(default_factory=dict)
    rules: dict[str, Rule] = field(default_factory=dict)
    examples: Examples = field(default_factory=Examples)

    def add(self, judged: Judged) -> None:
        site = judged.site
        key = (site.party, site.country)
        group = self.groups.get(key)
        if group is None:
            name = site.body.get("operator", {}).get("name", "")
            group = self.groups[key] = Group(*key, name)
        group.locations += 1
        group.points += len(site.points)
        for answer in judged.answers:
            rule = answer.rule
            count = group.rules.get(rule.code)
            if count is None:
                count = group.rules[rule.code] = Count()
                self.rules.setdefault(rule.code, rule)
            count.add(answer)
        self.examples.add(judged)
        self._add_gaps(judged, group)

    def add_apart(self, rule: Rule, counted: Iterable[Counted], worst: Sequence[Life]) -> None:
        """A rule that no location answers, as it was evaluated."""
        for one in counted:
            if (group := self.groups.get((one.party, one.country))) is not None:
                group.rules[rule.code] = Count(*one.counts)
                self.rules[rule.code] = rule
        words = f"{rule.title}: "
        self.examples.give(
            rule.code, [Example(one.key, "", one.objects, one.places, one.what.removeprefix(words)) for one in worst]
        )

    def _add_gaps(self, judged: Judged, group: Group) -> None:
        needed: Counter[str] = Counter()
        complete = True
        for answer in judged.gaps:
            complete = False
            if answer.seen.state is not State.MISSING:
                continue
            for cell in answer.lacking or (None,):
                name = str(cell) if cell else answer.remedy
                remedy = f"fill `{cell.field}` in the overlay, by {cell.level}" if cell else answer.remedy
                need = self.needs.setdefault(name, Need(remedy, cell))
                need.codes[answer.rule.code] = None
                needed[name] += 1
        group.complete += complete
        for name, objects in needed.items():
            self.needs[name].locations += 1
            self.needs[name].objects += objects

    @property
    def locations(self) -> int:
        return sum(group.locations for group in self.groups.values())

    @property
    def complete(self) -> int:
        """Locations without a gap."""
        return sum(group.complete for group in self.groups.values())

    @property
    def is_complete(self) -> bool:
        return not any(count.failed for count in self.over_all().values())

    def over_all(self) -> dict[str, Count]:
        """By rule."""
        found: dict[str, Count] = {code: Count() for code in self.rules}
        for group in self.groups.values():
            for code, count in group.rules.items():
                found[code] += count
        return found

    def remedies(self) -> Sequence[Need]:
        """What closes most gaps first."""
        return sorted(self.needs.values(), key=lambda need: -need.objects)
