"""Writing what EVSEs offer (`offers`): with each edit of a location, and once for those that were there before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, bindparam, select, update

from app.registry.commit import upsert
from app.registry.offers import Body, offers_of
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


def filled(connection: Connection, bodies: Iterable[tuple[int, str, Body]]) -> None:
    """Writes the offers of these public locations (ordinal, key, body)."""
    for ordinal, key, body in bodies:
        offers = offers_of(key, body)
        ids = connection.execute(select(evse.c.id, evse.c.uid).where(evse.c.location == ordinal))
        write_offers(connection, {row.id: offers[row.uid] for row in ids if row.uid in offers})
