"""Statuses of a SteVe database.

1. The newest row counts by the charger's time, since rows have no other. Rows of a clock that is more than five minutes ahead
   are passed over for the newest before them; where there are none, their status counts without its time.
2. SteVe writes `Available` itself when a transaction stops, with the time of the stop. For a while that alone does not
   free the EVSE: the car may still be plugged in, and the charger says so soon.
3. Open sockets are not in the database. Proof of life is the newest of heartbeat, status and meter value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, text

from app.clock import Millis, from_millis, to_millis
from app.model.problem import Problem, Severity
from app.sources.csms import Found
from app.sources.ocpp_status import FUTURE, Charger, Connector, Transaction, newest, status_of
from app.sources.steve.layout import Layout
from app.sources.steve.settings import SteveSettings

SETTLES: Millis = 30_000
"""How long after a stop SteVe's own `Available` does not count."""
LONGEST_CHARGE = timedelta(days=7)
MISSED = 3
"""Heartbeats after which a charger is offline."""
_LONG_INTERVAL_S = 900


@dataclass
class Read:
    """One reading of the tables."""

    points: list[Row[Any]]
    statuses: dict[int, list[Connector]] = field(default_factory=dict)
    ahead: dict[int, list[Connector]] = field(default_factory=dict)
    transactions: dict[int, Transaction] = field(default_factory=dict)
    interval_s: int | None = None


def read_tables(connection: Connection, layout: Layout, now: Millis) -> Read:
    external = "p.evse_id_external" if layout.new else "NULL"
    points = connection.execute(
        text(
            f"SELECT p.{layout.key} AS id, cb.charge_box_id AS charger, p.{layout.number} AS number, {external} AS evse_id,"
            " cb.registration_status AS registration, cb.last_heartbeat_timestamp AS heartbeat"
            f" FROM charge_box cb JOIN {layout.point} p ON p.charge_box_id = cb.charge_box_id ORDER BY 2, 3"
        )
    ).all()
    read = Read(list(points))
    for sign, into in (("<=", read.statuses), (">", read.ahead)):
        for row in connection.execute(text(_newest(layout, sign)), {"latest": _naive(now + FUTURE)}):
            into.setdefault(row.id, []).append(_connector(row, timed=sign == "<="))
    for row in connection.execute(
        text(_transactions(layout)),
        {"began": _naive(now) - LONGEST_CHARGE, "stopped": _naive(now - SETTLES)},
    ):
        read.transactions[row.id] = Transaction(
            _millis(row.began), max(filter(None, map(_millis, (row.began, row.metered, row.stopped))), default=None)
        )
    read.interval_s = connection.execute(text("SELECT MAX(heartbeat_interval_in_seconds) FROM settings")).scalar()
    return read


def statuses(read: Read, settings: SteveSettings, now: Millis) -> Found:
    found = Found()
    silent_after = _silent_after(read, settings, found)
    by_charger: dict[str, list[Row[Any]]] = {}
    for point in read.points:
        by_charger.setdefault(point.charger, []).append(point)
    for points in by_charger.values():
        latest = {point.id: _latest(read, point, settings.status_map, found) for point in points}
        own = next((latest[point.id] for point in points if point.number == 0), None)
        charger = Charger(
            heard_at=_heard(points, latest.values(), read, now),
            accepted=points[0].registration == "Accepted",
            own=own,
        )
        for point in (point for point in points if point.number != 0):
            evse_id = settings.evse_id(point.charger, point.number, point.evse_id)
            if isinstance(evse_id, Problem):
                found.problems.append(evse_id)
                continue
            connector = latest[point.id]
            verdict = status_of(
                [connector] if connector else [],
                charger,
                read.transactions.get(point.id),
                now,
                silent_after=silent_after,
                words=settings.status_map,
            )
            found.records.append((evse_id, verdict))
    return found


def _newest(layout: Layout, sign: str) -> str:
    """The index on key and time answers it, however long the log is."""
    key = layout.key
    return (
        f"SELECT s.{key} AS id, s.status, s.status_timestamp AS since, s.error_code, s.vendor_error_code FROM connector_status s"
        f" JOIN (SELECT {key}, MAX(status_timestamp) AS since FROM connector_status"
        f" WHERE status_timestamp {sign} :latest GROUP BY {key}) n ON n.{key} = s.{key} AND n.since = s.status_timestamp"
    )


def _transactions(layout: Layout) -> str:
    return (
        f"SELECT t.{layout.key} AS id, t.start_timestamp AS began, t.stop_timestamp AS stopped,"
        " (SELECT MAX(v.value_timestamp) FROM connector_meter_value v WHERE v.transaction_pk = t.transaction_pk) AS metered"
        " FROM `transaction` t WHERE t.start_timestamp >= :began"
        " AND ((t.stop_timestamp IS NULL AND t.stop_value IS NULL) OR t.stop_timestamp >= :stopped)"
        " ORDER BY t.start_timestamp"
    )


def _connector(row: Row[Any], *, timed: bool) -> Connector:
    since = _millis(row.since) if timed else None
    return Connector(str(row.status or ""), since, row.error_code or None, row.vendor_error_code or None)


def _latest(read: Read, point: Row[Any], words: Mapping[str, str], found: Found) -> Connector | None:
    ahead = read.ahead.get(point.id)
    if ahead:
        found.problems.append(_clock_ahead(point))
    rows = read.statuses.get(point.id) or ahead
    return newest(rows, words) if rows else None


def _heard(points: Iterable[Row[Any]], latest: Iterable[Connector | None], read: Read, now: Millis) -> Millis | None:
    times = [_millis(point.heartbeat) for point in points]
    times += [one.at for one in latest if one is not None]
    times += [read.transactions[point.id].heard for point in points if point.id in read.transactions]
    return min(max(filter(None, times), default=0), now) or None


def _silent_after(read: Read, settings: SteveSettings, found: Found) -> Millis | None:
    if settings.silent_after is not None:
        return round(settings.silent_after * 1000)
    if not read.interval_s:
        return None
    if read.interval_s > _LONG_INTERVAL_S:
        hours = f"{MISSED * read.interval_s / 3600:g} h"
        found.problems.append(
            Problem(
                f"SteVe asks chargers for a sign of life every {read.interval_s} s: one that is dead goes unnoticed for {hours}",
                Severity.NOTE,
                path="settings.heartbeat_interval_in_seconds",
                remedy="Lower the heartbeat interval in SteVe's settings to 300 s or less",
            )
        )
    return MISSED * read.interval_s * 1000


def _clock_ahead(point: Row[Any]) -> Problem:
    return Problem(
        "has a status of the future: passed over for the newest before it",
        Severity.NOTE,
        record=f"{point.charger}/{point.number}"[:80],
        path="connector_status.status_timestamp",
        remedy="Set the charger's clock; BootNotification and Heartbeat tell it the time",
    )


def _millis(moment: datetime | None) -> Millis | None:
    return None if moment is None else to_millis(moment.replace(tzinfo=UTC))


def _naive(at: Millis) -> datetime:
    """The session is in UTC, in which the database compares."""
    return from_millis(at).replace(tzinfo=None)
