"""The Receiver interface: whose token it is, which path is meant, and the answers (OCPI transport, status_codes).

==========================================  =====================================
`versions`, `{v}`                           GET
`{v}/locations/{cc}/{party}/{id}[/…[/…]]`   GET, PUT, PATCH
`{v}/tariffs/{cc}/{party}/{id}`             GET, PUT, DELETE; PATCH in 2.1.1 alone
`{v}/sessions/{cc}/{party}/{id}`            GET, PUT, PATCH
`{v}/cdrs`, `{v}/cdrs/{id}`                 POST, GET
==========================================  =====================================
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from hmac import compare_digest
from typing import Any, NamedTuple
from urllib.parse import quote, unquote, urlsplit

import orjson
import structlog

from app.clock import Clock
from app.errors import RegistryError
from app.formats.ocpi.charged import CDRS, SESSIONS
from app.formats.ocpi.token import presented
from app.formats.ocpi.versions import V211, VERSIONS
from app.model.batch import Kind
from app.model.identifiers import party
from app.model.outside import decoded
from app.model.token import hash_shown, token_hash
from app.sources.ocpi_push.charged import ChargedObjects
from app.sources.ocpi_push.kept import KeptObjects
from app.sources.ocpi_push.objects import CLIENT_ERROR, Message, Refused
from app.sources.ocpi_push.settings import OcpiPushSettings

DEEPEST = {Kind.LOCATIONS.value: 3, Kind.TARIFFS.value: 1, SESSIONS: 1}
"""Ids below the owner."""
SUCCESS, SERVER_ERROR = 1000, 3000
_SWAPPED = {"to": "from", "from": "to"}

log = structlog.get_logger()


class Asked(NamedTuple):
    method: str
    path: str
    """As it came."""
    headers: Mapping[str, str]
    """By their names in lower case."""
    body: bytes

    @property
    def where(self) -> str:
        return f"{self.method} {urlsplit(self.path).path}"


@dataclass(frozen=True, slots=True)
class Reply:
    data: Any = None
    http: int = 200
    status_code: int = SUCCESS
    message: str = ""
    headers: dict[str, str] = field(default_factory=dict)


class Interface:
    def __init__(
        self,
        settings: OcpiPushSettings,
        clock: Clock,
        kinds: Collection[Kind],
        objects: KeptObjects,
        charged: ChargedObjects | None,
    ) -> None:
        """`kinds`: what is taken. `charged` None: no sessions and CDRs are."""
        self.settings = settings
        self.clock = clock
        self._objects = objects
        self._charged = charged
        self._token = token_hash(settings.token)
        self._versions = [version for version in VERSIONS if version in settings.versions]
        self._modules = [kind.value for kind in (Kind.LOCATIONS, Kind.TARIFFS) if kind in kinds]
        self._modules += [SESSIONS, CDRS] if charged is not None else []

    def knows(self, headers: Mapping[str, str]) -> bool:
        """Whether whoever asks shows the token."""
        shown = [hash_shown(token) for token in presented(headers.get("authorization", ""))]
        return sum(compare_digest(one, self._token) for one in shown) > 0

    def reply(self, asked: Asked) -> Reply:
        """To whoever has shown the token."""
        try:
            return self._replied(asked)
        except Refused as refused:
            return Reply(None, refused.http, refused.status_code, str(refused))
        except RegistryError as error:
            log.error("what is pushed is not safe", source=self.settings.name, error=str(error))
            return Reply(None, 503, SERVER_ERROR, "it cannot be kept just now: try again", {"Retry-After": "5"})

    def _replied(self, asked: Asked) -> Reply:
        path = urlsplit(asked.path).path
        if not path.startswith(f"{self.settings.path}/"):
            raise _nothing_here()
        first, *steps = [unquote(step) for step in path[len(self.settings.path) + 1 :].rstrip("/").split("/")]
        if not "".join(steps).isprintable():
            raise _nothing_here()
        if not steps and asked.method == "GET":
            return Reply(self._listed() if first == "versions" else self._details(first))
        if not steps or first not in self._versions or steps[0] not in self._modules:
            raise _nothing_here()
        reply = self._called(first, steps[0], steps[1:], asked)
        return replace(reply, headers=reply.headers | _routed(asked))

    def _listed(self) -> list[dict[str, str]]:
        return [{"version": version, "url": f"{self.settings.base}/{version}"} for version in self._versions]

    def _details(self, version: str) -> dict[str, Any]:
        if version not in self._versions:
            raise _nothing_here()
        role = {} if version == V211 else {"role": "RECEIVER"}
        base = f"{self.settings.base}/{version}"
        modules = [{"identifier": module, **role, "url": f"{base}/{module}"} for module in self._modules]
        return {"version": version, "endpoints": modules}

    def _called(self, version: str, module: str, ids: list[str], asked: Asked) -> Reply:
        if module == CDRS:
            return self._cdr(version, ids, asked)
        if not 3 <= len(ids) <= 2 + DEEPEST[module]:
            raise _nothing_here()
        owner = ids[0].upper(), ids[1].upper()
        if self.settings.parties and party(*owner) not in self.settings.parties:
            raise Refused(404, CLIENT_ERROR, f"{party(*owner)} is none of the parties whose objects are taken here")
        kind = Kind.TARIFFS if module == Kind.TARIFFS else Kind.LOCATIONS
        message = Message(asked.method, version, kind, owner, tuple(ids[2:]), None)
        if module == SESSIONS:
            return self._session(message, asked)
        return self._object(message, asked)

    def _object(self, message: Message, asked: Asked) -> Reply:
        method, is_tariff = asked.method, message.kind is Kind.TARIFFS
        if method == "GET":
            return Reply(self._objects.get(message.kind, message.owner, message.ids))
        if method == "DELETE" and is_tariff:
            self._objects.withdraw(message.owner, message.ids[0])
            return Reply()
        if method != "PUT" and (method != "PATCH" or (is_tariff and message.version != V211)):
            raise _not_so(method)
        new = self._objects.take(replace(message, body=_body(asked)), asked.where)
        return Reply(http=201 if new else 200)

    def _session(self, message: Message, asked: Asked) -> Reply:
        assert self._charged is not None
        if asked.method == "GET":
            return Reply(self._charged.get(SESSIONS, *message.owner, *message.ids))
        if asked.method not in ("PUT", "PATCH"):
            raise _not_so(asked.method)
        new = self._charged.put(replace(message, body=_body(asked)), asked.where)
        return Reply(http=201 if new else 200)

    def _cdr(self, version: str, ids: list[str], asked: Asked) -> Reply:
        assert self._charged is not None
        if asked.method == "GET" and len(ids) == 1:
            return Reply(self._charged.get(CDRS, ids[0]))
        if asked.method != "POST" or ids:
            raise _not_so(asked.method)
        id_ = self._charged.post(_body(asked), asked.where)
        return Reply(http=201, headers={"Location": f"{self.settings.base}/{version}/{CDRS}/{quote(id_, safe='')}"})


def _body(asked: Asked) -> Any:
    try:
        return decoded(asked.body)
    except orjson.JSONDecodeError as error:
        raise Refused(400, CLIENT_ERROR, f"the body is not JSON: {error}") from None


def _nothing_here() -> Refused:
    return Refused(404, CLIENT_ERROR, "there is no such path here: versions and their details list those there are")


def _not_so(method: str) -> Refused:
    return Refused(405, CLIENT_ERROR, f"{method} is not a method of this object in OCPI")


def _routed(asked: Asked) -> dict[str, str]:
    """Routing headers come back swapped (Message Routing)."""
    return {
        f"OCPI-{_SWAPPED[side]}-{what}": value
        for side in _SWAPPED
        for what in ("country-code", "party-id")
        if (value := asked.headers.get(f"ocpi-{side}-{what}", "")).isalnum() and len(value) <= 3
    }
