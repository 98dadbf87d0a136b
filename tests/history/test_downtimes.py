"""Files of closed days tell the same spans as the database."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select

from app.history.downtimes import DowntimeFiles
from app.registry.database import reading, writing
from app.registry.downtime import Downtime, downtimes, follow
from app.registry.tables import downtime, downtime_head
from app.registry.tables import evse as evse_table
from tests.history.conftest import Past
from tests.registry.backend import connector, evse, location

SQLITE = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


def spans(past: Past) -> dict[int, list[Downtime]]:
    with reading(past.log.engine) as connection:
        return downtimes(connection, range(1, 9), 0, 1 << 50)


def forget(past: Past) -> None:
    with writing(past.log.engine) as connection:
        connection.execute(delete(downtime))
        connection.execute(delete(downtime_head))


@SQLITE
def test_they_are_taken_once_and_what_they_do_not_tell_whole_is_read_from_the_database(past: Past) -> None:
    point = connector(tariff_ids=["T1"])
    shown = [evse(uid, point) for uid in ("E1", "E2", "E3")]
    past.at(11)
    past.backend.locations(location("L1", *shown), location("L2", evse("E4", point)))
    for hour, uid, status in (
        (12, "E1", "OUTOFORDER"),
        (13, "E2", "INOPERATIVE"),
        (30, "E2", "AVAILABLE"),
        (31, "E4", "OUTOFORDER"),
    ):
        past.at(hour)
        past.backend.statuses((uid, status), complete=False)
    past.at(33)
    past.backend.locations(location("L2", evse("E4", point), publish=False), complete=False)
    past.at(36)
    past.backend.locations(location("L2", evse("E4", point)), complete=False)
    past.at(51)
    past.write()
    past.backend.statuses(("E3", "BLOCKED"), complete=False)
    follow(past.log.engine)
    expected = spans(past)
    forget(past)
    files = DowntimeFiles(past.open())
    with reading(past.log.engine) as connection:
        ids = {row[0]: row[1] for row in connection.execute(select(evse_table.c.key, evse_table.c.id))}
    whole = [id_ for id_, _, _ in files.spans(ids)]
    assert whole == [ids[f"de*abc/e{number}"] for number in (1, 2, 3)]
    follow(past.log.engine, lambda: files)
    assert spans(past) == expected
    assert [one.until for one in expected[1]] == [None]
