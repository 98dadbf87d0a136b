"""OCPI commands as partners send them (commands module): START_SESSION and the four others, each with its object."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from app.model.types import Ci, DateTime, Text
from app.roaming.credentials import Url
from app.roaming.reading import Read
from app.roaming.token import Token

Id = Annotated[str, Ci(36)]


class Response(StrEnum):
    """CommandResponseType: what we say at once."""

    NOT_SUPPORTED = "NOT_SUPPORTED"
    REJECTED = "REJECTED"
    ACCEPTED = "ACCEPTED"
    UNKNOWN_SESSION = "UNKNOWN_SESSION"


class Result(StrEnum):
    """CommandResultType: what the charge point made of it."""

    ACCEPTED = "ACCEPTED"
    CANCELED_RESERVATION = "CANCELED_RESERVATION"
    EVSE_OCCUPIED = "EVSE_OCCUPIED"
    EVSE_INOPERATIVE = "EVSE_INOPERATIVE"
    FAILED = "FAILED"
    NOT_SUPPORTED = "NOT_SUPPORTED"
    REJECTED = "REJECTED"
    TIMEOUT = "TIMEOUT"
    UNKNOWN_RESERVATION = "UNKNOWN_RESERVATION"


class _Text(Read):
    language: Annotated[str, Text(2)]
    text: Annotated[str, Text(512)]


class Told(Read):
    """CommandResult."""

    result: Result
    message: tuple[_Text, ...] | None = None


class Command(Read):
    response_url: Url
    token: Token | None = None
    location_id: Id | None = None
    evse_uid: Id | None = None
    session_id: Id | None = None
    reservation_id: Id | None = None
    authorization_reference: Id | None = None


class _ForDriver(Command):
    token: Token
    location_id: Id


class StartSession(_ForDriver):
    connector_id: Id | None = None


class ReserveNow(_ForDriver):
    expiry_date: DateTime
    reservation_id: Id


class StopSession(Command):
    session_id: Id


class UnlockConnector(Command):
    location_id: Id
    evse_uid: Id
    connector_id: Id


class CancelReservation(Command):
    reservation_id: Id


COMMANDS: Mapping[str, type[Command]] = {
    "START_SESSION": StartSession,
    "STOP_SESSION": StopSession,
    "UNLOCK_CONNECTOR": UnlockConnector,
    "RESERVE_NOW": ReserveNow,
    "CANCEL_RESERVATION": CancelReservation,
}
