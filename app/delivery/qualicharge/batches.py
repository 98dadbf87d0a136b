"""Batches that QualiCharge takes or refuses as a whole; a refusal may name the rows at fault (422: `detail[].loc` is
`["body", 3, "field"]`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from app.delivery.apart import Sent, Verdict, send_apart
from app.delivery.qualicharge.session import Session, reason
from app.errors import DeliveryError
from app.http.exchange import one_line
from app.model.outside import decoded

Row = dict[str, Any]
_OF_THE_BATCH = (400, 404, 406, 409, 413, 422)


def point_of(row: Row) -> str:
    return str(row["id_pdc_itinerance"])


def send_rows(session: Session, path: str, rows: Sequence[Row], size: int) -> Iterator[Sent[Row]]:
    """What became of each row, as it is known. Raises DeliveryError for what no row is to blame for."""

    def send(part: Sequence[Row]) -> Verdict:
        answer = session.send("POST", path, part)
        if answer.succeeded:
            return Verdict(answer.status)
        what = f"{answer.said}{reason(answer.body)}"
        if answer.status not in _OF_THE_BATCH:
            remedy = "QualiCharge has to recover; it is tried again"
            raise DeliveryError(what, where=session.where("POST", path), remedy=remedy)
        return Verdict(answer.status, what, _named(answer.body, len(part)))

    return send_apart(rows, size, send)


def _named(body: bytes, count: int) -> dict[int, str]:
    """Index of a row → what is wrong with it, as far as the answer says so."""
    try:
        details = decoded(body)["detail"]
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
