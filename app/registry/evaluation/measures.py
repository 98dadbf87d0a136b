"""What the quality of the feed is counted from beside the rules: duplicates, defects, silence. Per party and country
(alpha-3) of the sites, of public locations alone."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, and_, case, func, select

from app.model.batch import Kind
from app.model.status import OUT_OF_SERVICE
from app.registry.status import UNKNOWN
from app.registry.tables import contribution, evse, location

_BY = (location.c.country_code, location.c.party_id, location.c.country)


class Owner(NamedTuple):
    party: str
    """`DE*ABC`."""
    country: str
    """Alpha-3 of the sites."""


class Share(NamedTuple):
    good: int
    due: int


def consistent(connection: Connection) -> dict[Owner, Share]:
    """Locations that their source gave without a defect, and of whose EVSE ids none is carried by another EVSE, of all."""
    public = and_(location.c.public, ~evse.c.removed, evse.c.evse_key.is_not(None))
    shared = select(evse.c.evse_key).join(location, location.c.ordinal == evse.c.location).where(public)
    twice = shared.group_by(evse.c.evse_key).having(func.count() > 1).scalar_subquery()
    doubled = select(evse.c.location).where(evse.c.evse_key.in_(twice))
    sound = and_(contribution.c.problems.is_(None), ~contribution.c.refused, location.c.ordinal.not_in(doubled))
    given = and_(
        contribution.c.source == location.c.source,
        contribution.c.kind == Kind.LOCATIONS.value,
        contribution.c.key == location.c.key,
    )
    query = select(*_BY, func.sum(case((sound, 1), else_=0)), func.count()).outerjoin_from(
        location, contribution, given
    )
    return _shares(connection, query.where(location.c.public).group_by(*_BY))


def known(connection: Connection) -> dict[Owner, Share]:
    """EVSEs in service whose status is known now, of all in service."""
    says = case((evse.c.status != UNKNOWN, 1), else_=0)
    query = select(*_BY, func.sum(says), func.count()).join_from(evse, location, evse.c.location == location.c.ordinal)
    in_service = (location.c.public, ~evse.c.removed, evse.c.status.not_in(OUT_OF_SERVICE))
    return _shares(connection, query.where(*in_service).group_by(*_BY))


def _shares(connection: Connection, query: Select[Any]) -> dict[Owner, Share]:
    return {
        Owner(f"{code}*{party}", country): Share(int(good), due)
        for code, party, country, good, due in connection.execute(query)
    }
