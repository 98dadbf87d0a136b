"""Which published EVSE a charge point's connector is. OCPP 1.6 knows no public ids, so that settings say it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.model.problem import Problem, Severity

LISTED = 100


@dataclass
class Places:
    evses: Mapping[str, Mapping[int, str]]
    """Charge point → number → EVSE."""
    pattern: str | None = None
    """For those that are not listed: `DE*ABC*E{charge_point}*{number}`."""
    unmatched: set[tuple[str, int]] = field(default_factory=set)

    def evse(self, charge_point: str, number: int) -> str | None:
        """The EVSE's `evse_id` or `uid`; None where nobody said it, which is remembered."""
        listed = self.evses.get(charge_point, {})
        if number in listed:
            return listed[number]
        if self.pattern is not None and not listed:
            return self.pattern.replace("{charge_point}", charge_point).replace("{number}", str(number))
        self.unmatched.add((charge_point, number))
        return None

    def numbers(self, charge_point: str) -> frozenset[int]:
        return frozenset(self.evses.get(charge_point, ()))

    def problems(self) -> list[Problem]:
        """What came from where no EVSE is known."""
        return [
            Problem(
                f"number {number} of the charge point is no EVSE that is published",
                Severity.REFUSED,
                record=charge_point,
                where="StatusNotification",
                remedy=self._remedy(charge_point),
            )
            for charge_point, number in sorted(self.unmatched)[:LISTED]
        ]

    def _remedy(self, charge_point: str) -> str:
        near = [known for known in self.evses if known.casefold() == charge_point.casefold()]
        if near:
            return f"`charge_points` has it as `{near[0]}`: write it as the charge point does"
        return "Name its EVSE in `charge_points`, or all by `evse_pattern`"
