"""What every request of the relay needs, and what none of its failures tells: paths and errors may name a token."""

from __future__ import annotations

import threading
from collections.abc import Collection

import structlog
from flask import Blueprint, Response, current_app, request
from werkzeug.exceptions import HTTPException, InternalServerError

from app.errors import RegistryError
from app.model.batch import Kind
from app.model.identifiers import party
from app.registry.views import View
from app.relaying import Relaying, open_relaying, relay_of
from app.settings import Settings
from app.web.door import Door
from app.web.failure import GENERIC_SERVER, Failure, answer
from app.web.site import RELAY, site

LARGEST = 1 << 20
"""Bytes of a body."""

_log = structlog.get_logger()


class Access:
    """One per process."""

    def __init__(self, settings: Settings) -> None:
        self._lock = threading.Lock()
        self._relaying: Relaying | None = None
        self.door = Door("relay", "roaming.relay.tokens", relay_of(settings).tokens, settings.web.trusted_proxies)

    def relaying(self) -> Relaying:
        """Opened when it is first needed: where the private store is away, what is public is there. Raises ConfigError,
        RegistryError."""
        with self._lock:
            if self._relaying is None:
                here = site()
                self._relaying = open_relaying(here.settings, here.engine, here.clock)
            return self._relaying


def access() -> Access:
    found: Access = current_app.extensions[RELAY]
    return found


def relaying() -> Relaying:
    return access().relaying()


class Shown:
    """What one partner is shown of the network."""

    def __init__(self, view: View) -> None:
        self._view = view

    def operators(self) -> Collection[str]:
        return site().parties()

    def shows(self, location_id: str, evse_uid: str | None) -> bool:
        with site().public.read() as reader:
            found = reader.find_any_party(Kind.LOCATIONS, location_id, self._view.terms)
        return any(
            self._view.covers(party(each.country_code, each.party_id), each.country)
            and (
                evse_uid is None or any(evse["uid"].lower() == evse_uid.lower() for evse in each.body.get("evses", ()))
            )
            for each in found
        )


def unstored(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


def discreet(area: Blueprint) -> None:
    """A defect is logged by what was asked for, not by its path."""
    area.register_error_handler(RegistryError, _unreachable)
    area.register_error_handler(Exception, _defect)
    area.register_error_handler(HTTPException, answer)


def _unreachable(error: Exception) -> Response:
    _log.error("private store does not answer", endpoint=request.endpoint, error=str(error))
    message = "this cannot be kept just now: try again in a moment"
    return answer(Failure(503, GENERIC_SERVER, message, headers={"Retry-After": "5"}))


def _defect(error: Exception) -> Response:
    _log.error("request failed", endpoint=request.endpoint, exc_info=error)
    return answer(InternalServerError())
