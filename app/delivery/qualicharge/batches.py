"""Batches that QualiCharge takes or refuses as a whole: one that is refused is taken apart until the rows at fault are alone.

The rows that its answer names (422: `detail[].loc` is `["body", 3, "field"]`) are put aside at once, and the rest is sent again;
where it names none, each half is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from app.delivery.qualicharge.session import Session, reason
from app.errors import DeliveryError
from app.http.exchange import one_line

Row = dict[str, Any]
_OF_THE_BATCH = (400, 404, 406, 409, 413, 422)


@dataclass(frozen=True, slots=True)
class Sent:
    row: Row
    status: int
    reason: str = ""
    """Why the row was refused; empty where it was taken."""

    @property
    def point(self) -> str:
        return str(self.row["id_pdc_itinerance"])


def send_rows(session: Session, path: str, rows: Sequence[Row], size: int) -> Iterator[Sent]:
    """What became of each row, as it is known. Raises DeliveryError for what no row is to blame for."""
    for start in range(0, len(rows), size):
        yield from _send(session, path, rows[start : start + size])


def _send(session: Session, path: str, rows: Sequence[Row]) -> Iterator[Sent]:
    if not rows:
        return
    answer = session.send("POST", path, rows)
    if answer.succeeded:
        yield from (Sent(row, answer.status) for row in rows)
        return
    what = f"{answer.said}{reason(answer.body)}"
    if answer.status not in _OF_THE_BATCH:
        remedy = "QualiCharge has to recover; it is tried again"
        raise DeliveryError(what, where=session.where("POST", path), remedy=remedy)
    named = _named(answer.body, len(rows))
    if len(rows) == 1:
        yield Sent(rows[0], answer.status, named.get(0, what))
        return
    if named:
        yield from (Sent(rows[at], answer.status, said) for at, said in named.items())
        yield from _send(session, path, [row for at, row in enumerate(rows) if at not in named])
        return
    middle = len(rows) // 2
    yield from _send(session, path, rows[:middle])
    yield from _send(session, path, rows[middle:])


def _named(body: bytes, count: int) -> dict[int, str]:
    """Index of a row → what is wrong with it, as far as the answer says so."""
    try:
        details = orjson.loads(body)["detail"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return {}
    found: dict[int, str] = {}
    for detail in details if isinstance(details, list) else ():
        where = detail.get("loc") if isinstance(detail, dict) else None
        if isinstance(where, list) and len(where) > 1 and type(where[1]) is int and 0 <= where[1] < count:
            field = ".".join(str(step) for step in where[2:])
            said = one_line(": ".join(filter(None, (field, str(detail.get("msg", ""))))))
            found[where[1]] = "; ".join(filter(None, (found.get(where[1]), said)))
    return found
