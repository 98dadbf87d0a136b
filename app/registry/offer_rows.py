"""Writing what EVSEs offer (`offers`)."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, bindparam, update

from app.registry.commit import upsert
from app.registry.tables import evse, offer


def write_offers(connection: Connection, changed: Mapping[int, tuple[int, bytes] | None]) -> None:
    """By `evse.id`; None: it offers nothing to the public."""
    if not changed:
        return
    texts = dict(filter(None, changed.values()))
    if texts:
        upsert(connection, offer, [{"number": number, "body": body} for number, body in texts.items()], ("number",))
    statement = update(evse).where(evse.c.id == bindparam("_id")).values(offer=bindparam("_offer"))
    connection.execute(statement, [{"_id": id_, "_offer": one and one[0]} for id_, one in changed.items()])
