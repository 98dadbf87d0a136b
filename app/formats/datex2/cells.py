"""Prices of which the first that holds counts, as few that never hold at once."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence

from app.tariffs.adhoc import PricePart
from app.tariffs.conditions import TIMES, VOLUMES, Condition
from app.tariffs.rates import Exclusive, exclusive, is_covered

Cells = Sequence[Exclusive[PricePart]]
"""Of the same price and the same limits of a session: they differ in days, hours and dates."""


def cells_of(parts: Sequence[PricePart]) -> Iterator[Cells]:
    """Parts of one component. What comes together can be said as one price with several periods and exceptions."""
    groups: dict[Hashable, list[Exclusive[PricePart]]] = {}
    for cell in exclusive(_needed(parts)):
        groups.setdefault((_terms(cell.rate), cell.when.of_axes(VOLUMES)), []).append(cell)
    for cells in groups.values():
        yield from _said_together(cells)


def exceptions_of(cells: Cells) -> list[Condition]:
    """Of all of them; not those in which another cell has the same price without exceptions."""
    whole = [cell.when.of_axes(TIMES) for cell in cells if not cell.excepted]
    found = dict.fromkeys(one for cell in cells for one in cell.excepted)
    return [one for one in found if not is_covered(one, whole)]


def _terms(part: PricePart) -> Hashable:
    return part.price, part.charging, part.block


def _needed(parts: Sequence[PricePart]) -> list[PricePart]:
    """Without those that say what the next part that holds then says as well."""
    kept: list[PricePart] = []
    for part in reversed(parts):
        following = next((one for one in kept if one.when.both(part.when) is not None), None)
        if following is None or _terms(following) != _terms(part) or not part.when.within(following.when):
            kept.insert(0, part)
    return kept


def _said_together(cells: Cells) -> list[Cells]:
    """All at once where that says the same, else one by one."""
    exceptions = exceptions_of(cells)
    hit = ((cell, cell.when.of_axes(TIMES).both(one)) for cell in cells for one in exceptions)
    if all(common is None or is_covered(common, cell.excepted) for cell, common in hit):
        return [cells]
    return [[cell] for cell in cells]
