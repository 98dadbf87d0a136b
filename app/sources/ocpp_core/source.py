"""Reading OCPP.Core's tables.

1. `LastStatus` is reduced to four words; in OCPP 2.x `ConnectorId` is the EVSE. Connector 0 is never in it.
2. Times are text without zone on SQLite, and UTC on both.
3. Nothing in it says whether a charger is connected. Proof of life is the newest row of the message log, where that is kept.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, text

from app.clock import Clock, Millis, from_millis, parse_time, to_millis
from app.model.batch import Kind
from app.model.problem import Problem, Severity
from app.sources.base import Capabilities, SourceSettings
from app.sources.csms import CsmsSource, Found
from app.sources.ocpp_core.settings import OcppCoreSettings
from app.sources.ocpp_status import FUTURE, Charger, Connector, Transaction, status_of
from app.sources.sql import Database, Wanted

_COLUMNS = {
    "ConnectorStatus": ("ChargePointId", "ConnectorId", "LastStatus", "LastStatusTime", "LastMeterTime"),
    "Transactions": ("ChargePointId", "ConnectorId", "StartTime", "StopTime"),
    "MessageLog": ("ChargePointId", "LogTime"),
}
_CONNECTORS = """
    SELECT "ChargePointId" AS charger, "ConnectorId" AS number, "LastStatus" AS word, "LastStatusTime" AS since,
           "LastMeterTime" AS metered
    FROM "ConnectorStatus" WHERE "ConnectorId" <> 0 ORDER BY 1, 2
"""
_TRANSACTIONS = """
    SELECT "ChargePointId" AS charger, "ConnectorId" AS number, MAX("StartTime") AS began
    FROM "Transactions" WHERE "StopTime" IS NULL AND "StartTime" >= :began GROUP BY "ChargePointId", "ConnectorId"
"""
_LOG = """
    SELECT "ChargePointId" AS charger, MAX("LogTime") AS heard FROM "MessageLog" WHERE "LogTime" >= :since
    GROUP BY "ChargePointId"
"""
_LONGEST_CHARGE = timedelta(days=7)


class OcppCoreSource(CsmsSource):
    type = "ocpp-core"
    Settings = OcppCoreSettings
    capabilities = Capabilities(frozenset({Kind.STATUSES}), at_hand=True)
    settings: OcppCoreSettings

    def __init__(self, settings: SourceSettings, clock: Clock) -> None:
        super().__init__(settings, clock)
        self._database = Database(self.name, self.settings.database, self.settings.timeout, Wanted(_COLUMNS))
        self._heard: dict[str, Millis] = {}

    def read(self, kind: Kind, now: Millis) -> Found:
        with self._database.reading() as connection:
            rows = connection.execute(text(_CONNECTORS)).all()
            began = {"began": _written(now - round(_LONGEST_CHARGE.total_seconds() * 1000), connection)}
            open_ = {
                (row.charger, row.number): _time(row.began) for row in connection.execute(text(_TRANSACTIONS), began)
            }
            if self.settings.silent_after is not None:
                self._read_log(connection, now)
        found = Found()
        if self.settings.silent_after is None and rows:
            found.problems.append(_LIVENESS_UNKNOWN)
        for row in rows:
            self._connector(row, open_, now, found)
        return found

    def _connector(self, row: Row[Any], open_: dict[tuple[str, int], Millis | None], now: Millis, found: Found) -> None:
        evse_id = self.settings.evse_id(row.charger, row.number, None)
        if isinstance(evse_id, Problem):
            found.problems.append(evse_id)
            return
        since, metered = _time(row.since), _time(row.metered)
        if since is not None and since > now + FUTURE:
            since = None
        transaction = None
        if (key := (row.charger, row.number)) in open_:
            transaction = Transaction(open_[key], max(filter(None, (open_[key], metered)), default=None))
        times = (since, metered, open_.get(key), self._heard.get(row.charger))
        silent_after = self.settings.silent_after
        verdict = status_of(
            [Connector(row.word, since)] if row.word else [],
            Charger(heard_at=min(max(filter(None, times), default=0), now) or None),
            transaction,
            now,
            silent_after=None if silent_after is None else round(silent_after * 1000),
            words=self.settings.status_map,
        )
        found.records.append((evse_id, verdict))

    def _read_log(self, connection: Connection, now: Millis) -> None:
        """Just what is newer than the time that decides, since the log is long and has no index."""
        since = {"since": _written(now - round((self.settings.silent_after or 0) * 1000), connection)}
        for row in connection.execute(text(_LOG), since):
            self._heard[row.charger] = max(self._heard.get(row.charger, 0), _time(row.heard) or 0)


_LIVENESS_UNKNOWN = Problem(
    "the database does not say which chargers are connected: a dead one keeps its last status",
    Severity.NOTE,
    path="silent_after",
    remedy="Let OCPP.Core keep its message log (`DbMessageLog`) and set `silent_after` of the source",
)


def _time(given: Any) -> Millis | None:
    """Text on SQLite, a moment on SQL Server."""
    if isinstance(given, datetime):
        return to_millis(given.replace(tzinfo=UTC))
    try:
        return parse_time(given)
    except (TypeError, ValueError):
        return None


def _written(at: Millis, connection: Connection) -> Any:
    """As the column compares."""
    moment = from_millis(at).replace(tzinfo=None)
    return moment.isoformat(" ") if connection.dialect.name == "sqlite" else moment
