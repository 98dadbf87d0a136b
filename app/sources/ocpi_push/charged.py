"""Sessions and CDRs that are pushed, for the private store alone.

Of a session that is not over, and to answer who asks, what reports need is kept in memory: no token, nobody's name. After a start
it is not known; a PATCH is then answered 404, and the sender puts the whole (OCPI transport, PATCH).
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Any

from app.formats.ocpi.charged import CDRS, FORMER, SESSIONS, read_charged
from app.model.letter import Sessions
from app.model.problem import Problem
from app.sources.ocpi_push.objects import BAD_PARAMETER, CLIENT_ERROR, Body, Message, Refused, changed

MOST = 20_000
_NAMES = {"country_code", "party_id", "id", "session_id", "location_id", "evse_uid", "evse_id", "connector_id"}
_TIMES = {"start_date_time", "end_date_time", "last_updated", *FORMER}
_REST = {"status", "kwh", "total_energy", "currency", "location", "cdr_location", "charging_periods", "credit"}
KEPT = frozenset(_NAMES | _TIMES | _REST)


class ChargedObjects:
    def __init__(self, source: str, sessions: Sessions) -> None:
        self._source = source
        self._sessions = sessions
        self._lock = Lock()
        self._known: OrderedDict[tuple[str, ...], Body] = OrderedDict()

    def get(self, module: str, *ids: str) -> Body:
        """Raises Refused."""
        found = self._known.get(_key(module, *ids))
        if found is None:
            raise Refused(404, CLIENT_ERROR, f"there is no such object in `{module}` here, or not any more")
        return found

    def put(self, message: Message, where: str) -> bool:
        """Of a session; False where it was known. Raises Refused, RegistryError."""
        key = _key(SESSIONS, *message.owner, *message.ids)
        with self._lock:
            held = self._known.get(key)
            if held is None and message.method == "PATCH":
                raise Refused(404, CLIENT_ERROR, "there is no such session here: PUT it whole")
            self._keep(key, SESSIONS, changed(held, message), where)
        return held is None

    def post(self, body: Any, where: str) -> str:
        """Of a CDR; its id. Raises Refused, RegistryError."""
        id_ = body.get("id") if isinstance(body, dict) else None
        if not isinstance(id_, str) or not 0 < len(id_) <= 39:
            raise Refused(200, BAD_PARAMETER, "`id` is missing, or is none")
        with self._lock:
            self._keep(_key(CDRS, id_), CDRS, body, where)
        return id_

    def _keep(self, key: tuple[str, ...], module: str, body: Body, where: str) -> None:
        kept = {name: value for name, value in body.items() if name in KEPT}
        record, problems = read_charged(kept, module, self._source, where)
        if problems:
            raise Refused(200, BAD_PARAMETER, _told(problems[0]))
        if record is not None:
            self._sessions([record])
        self._known[key] = kept
        self._known.move_to_end(key)
        while len(self._known) > MOST:
            self._known.popitem(last=False)


def _key(*ids: str) -> tuple[str, ...]:
    return tuple(id.casefold() for id in ids)


def _told(problem: Problem) -> str:
    return f"{problem.path}: {problem.what}" if problem.path else problem.what
