"""All charge points of one source: what comes in is written down, read, and handed on. Nothing here touches a connection.

Whatever goes wrong with a frame stays here: it is logged with charge point and frame, counted, and the connection goes on.
"""

from __future__ import annotations

from itertools import islice
from typing import Any

import structlog

from app.clock import Clock, Millis
from app.model.batch import StatusRecord
from app.model.problem import Problem, Severity
from app.sources.ocpp import frames
from app.sources.ocpp.charge_point import ChargePoint
from app.sources.ocpp.counters import FAULTS, FRAMES
from app.sources.ocpp.frames import Frame, Malformed
from app.sources.ocpp.journal import CLOSED, IN, OPEN, OUT, Journal
from app.sources.ocpp.places import LISTED, Places
from app.sources.ocpp.post import Post
from app.sources.ocpp.settings import OcppSettings
from app.sources.ocpp.status import Station

SHOWN = 300

log = structlog.get_logger()


class Hub:
    def __init__(self, settings: OcppSettings, clock: Clock, post: Post) -> None:
        self._settings = settings
        self._clock = clock
        self._post = post
        self._log = log.bind(source=settings.name)
        listed = {id: point.evses for id, point in settings.charge_points.items()}
        self._places = Places(listed, settings.evse_pattern)
        self._journal = Journal(settings.frames, settings.name, settings.frames_days)
        self._points: dict[str, ChargePoint] = {}
        self._versions: dict[str, str] = {}
        self._changed = False
        self._journal_fails = False

    # what happens to connections

    def opened(self, id: str, version: str) -> None:
        """A charge point is connected, and speaks `version`."""
        self._note(id, OPEN, version)

    def received(self, id: str, text: str) -> Frame | Malformed | None:
        """A frame from a charge point; what it is."""
        return self._note(id, IN, text)

    def sent(self, id: str, text: str) -> None:
        """A frame to a charge point."""
        self._note(id, OUT, text)

    def closed(self, id: str, heard_at: Millis) -> None:
        """Its connection has ended; `heard_at`: the last sign of life on it."""
        self._point(id).heard(heard_at)
        self._note(id, CLOSED, "")

    def missed(self, id: str) -> None:
        """It has been away for `offline_after`."""
        self._point(id).missed(self._clock.now())
        self._take(id)

    def knows_statuses(self, id: str) -> bool:
        station = self._point(id).station
        return any(evse.connectors or evse.whole for evse in station.evses.values())

    def away(self) -> list[str]:
        """Charge points that are not connected, and were before."""
        return [id for id, point in self._points.items() if point.station.heard_at and not point.station.connected]

    def fault(self, id: str, what: str, frame: str = "", **more: object) -> None:
        """Logged and counted; nothing else."""
        FAULTS.labels(self._settings.name, what).inc()
        self._log.warning(what, charge_point=id[:SHOWN], frame=frames.masked(frame[:SHOWN]), **more)

    def _note(self, id: str, way: str, text: str) -> Frame | Malformed | None:
        now = self._clock.now()
        if way in (IN, OUT):
            FRAMES.labels(self._settings.name, way).inc()
        try:
            self._journal.write(now, id, way, text)
            self._journal_fails = False
        except OSError as error:
            FAULTS.labels(self._settings.name, "not written down").inc()
            if not self._journal_fails:
                self._log.error("frames cannot be written down", error=str(error), remedy="Check `frames`")
            self._journal_fails = True
        self._changed = True
        return self._read_safely(id, way, text, now)

    def _read_safely(self, id: str, way: str, text: str, now: Millis) -> Frame | Malformed | None:
        frame = frames.read(text) if way in (IN, OUT) else None
        try:
            self._read(id, way, text, frame, now)
        except Exception:  # noqa: BLE001  (whatever a frame does to its reader, the connection is not to notice)
            self.fault(id, "frame not understood", text, exc_info=True)
        return frame

    def _read(self, id: str, way: str, text: str, frame: Frame | Malformed | None, now: Millis) -> None:
        point = self._point(id)
        if way == OPEN:
            self._versions[id] = text
            point.connected(now)
        elif way == CLOSED:
            point.disconnected()
        elif isinstance(frame, Frame) and way == IN:
            self._read_call(point, frame, now)
        elif isinstance(frame, Frame):
            point.to_charge_point(frame, now)
        elif way == IN:
            point.heard(now)
        if isinstance(frame, Malformed):
            self.fault(id, "malformed frame", text, why=frame.what, way=way)
        self._take(id)

    def _read_call(self, point: ChargePoint, frame: Frame, now: Millis) -> None:
        known = len(point.unknown_words)
        point.from_charge_point(self._versions.get(point.id, "1.6"), frame, now)
        if len(point.unknown_words) > known:
            self.fault(point.id, "unknown status", words=sorted(point.unknown_words))

    def _point(self, id: str) -> ChargePoint:
        point = self._points.get(id)
        return point if point is not None else self._add(id, None)

    def _add(self, id: str, station: Station | None) -> ChargePoint:
        rules = self._settings.status_rules(id)
        point = self._points[id] = ChargePoint(id, self._settings.name, self._places, rules, station)
        return point

    def _take(self, id: str) -> None:
        point = self._points[id]
        if point.records or point.sessions:
            self._post.add(point.records, point.sessions)
            point.records, point.sessions = [], []

    # what goes on

    def restore(self) -> None:
        """What was known when the last process ended. Raises OSError."""
        stations, lines = self._journal.known()
        for id, station in stations.items():
            self._add(id, station)
        for line in lines:
            self._read_safely(line["id"], line["way"], line["frame"], line["at"])
        for point in self._points.values():
            point.disconnected()

    def look(self, turn: int, turns: int) -> None:
        """Tells what changes by time alone, of every so-manieth charge point: all at once would keep frames waiting."""
        now = self._clock.now()
        for point in islice(self._points.values(), turn % turns, None, turns):
            point.look(now)
            self._take(point.id)

    def whole(self) -> list[StatusRecord]:
        """What holds now of every EVSE."""
        now = self._clock.now()
        return [record for point in self._points.values() for record in point.current(now)]

    def tariffs(self) -> dict[str, dict[str, Any]]:
        """The default tariffs that charge points have, by their id."""
        found = (tariff for point in self._points.values() for tariff in point.station.tariffs.values())
        return {str(tariff.get("tariffId")): tariff for tariff in found}

    def problems(self) -> list[Problem]:
        """What does not fit, until it does: EVSEs that nobody named, clocks that are wrong."""
        skewed = [point for point in self._points.values() if point.skew is not None][:LISTED]
        return self._places.problems() + [_of_clock(point) for point in skewed]

    def save(self) -> None:
        """What is known, where it has changed."""
        try:
            if self._changed:
                self._journal.save({id: point.station for id, point in self._points.items()})
            self._changed = False
        except OSError as error:
            self._log.error("what is known cannot be written down", error=str(error), remedy="Check `frames`")

    def close(self) -> None:
        self.save()
        self._journal.close()


def _of_clock(point: ChargePoint) -> Problem:
    seconds = round((point.skew or 0) / 1000)
    return Problem(
        f"the clock is {abs(seconds)} s {'ahead' if seconds > 0 else 'behind'}: times of receipt count",
        Severity.NOTE,
        record=point.id,
        remedy="Set the clock of the charge point; most take it from BootNotification and Heartbeat",
    )
