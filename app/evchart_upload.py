"""Sending a module's file to EV-ChART by its system-to-system interface (S2S).

1. `POST /s2s/import` names the file by its SHA-256, the period and the recipient; the answer says where to put it, for 900 s.
2. `PUT` there, with the headers of the answer and never with the key.
3. `GET /s2s/module/details`, with the id in a JSON body, until the file is no longer being looked at.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson

from app.errors import DeliveryError
from app.http.exchange import Answer, Exchange, NoAnswer, one_line, shown

TIMEOUT_S, LARGEST = 120.0, 1 << 20
ASK_EVERY_S, ASK_FOR_S = 5.0, 900.0
_META = "x-amz-meta-"
WORKING = frozenset({"processing", "upload draft", "uploading draft"})
TAKEN = frozenset({"draft", "pending", "pending approval", "submitted", "approved"})
_REMEDIES = {
    403: "The key is not accepted: keys last 90 days; have a new one made in EV-ChART, and set `evchart.key`",
    406: "Correct what it names: `evchart.email` is an active user, `direct_recipient_id` a State that admits the organisation",
}


@dataclass(frozen=True, slots=True)
class Account:
    url: str
    """Without a slash at its end."""
    key: str
    email: str
    recipient: str


@dataclass(frozen=True, slots=True)
class Outcome:
    upload: str
    """Id, by which EV-ChART and its help desk know the file."""
    status: str
    """As EV-ChART says it: `Draft`, `Pending Approval`, `Error`."""

    @property
    def taken(self) -> bool:
        return self.status.lower() in TAKEN


class EvChart:
    def __init__(
        self,
        account: Account,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._account = account
        self._sleep = sleep
        self._monotonic = monotonic
        self._exchange = Exchange(timeout=TIMEOUT_S, largest=LARGEST)

    def send(self, module: int, year: int, quarter: int | None, body: bytes) -> Outcome:
        """Until EV-ChART has looked at it. Raises DeliveryError."""
        place = self._import(module, year, quarter, body)
        upload, target = place.get("upload_id"), place.get("presigned_url")
        if not isinstance(upload, str) or not isinstance(target, str):
            raise self._failed("POST", "/s2s/import", "answered without `upload_id` and `presigned_url`")
        self._put(target, place.get("presigned_url_headers"), body)
        return self._watched(upload)

    def _import(self, module: int, year: int, quarter: int | None, body: bytes) -> dict[str, Any]:
        said = {
            "module_id": str(module),
            "checksum": hashlib.sha256(body).hexdigest(),
            "year": str(year),
            "email": self._account.email,
            "direct_recipient_id": self._account.recipient,
        }
        return self._asked("POST", "/s2s/import", said if quarter is None else {**said, "quarter": str(quarter)})

    def _put(self, target: str, headers: object, body: bytes) -> None:
        if urlsplit(target).scheme != urlsplit(self._account.url).scheme:
            raise DeliveryError("is told to put the file where it is not safe", where=shown(target))
        given = headers.items() if isinstance(headers, dict) else ()
        meta = {name: str(value) for name, value in given if name.lower().startswith(_META)}
        answer = self._sent("PUT", target, meta, body)
        if not answer.succeeded:
            what = f"the file was not taken: {answer.said}"
            raise DeliveryError(what, where=f"PUT {shown(target)}", remedy="The place is open for 900 s: send it again")

    def _watched(self, upload: str) -> Outcome:
        until = self._monotonic() + ASK_FOR_S
        while True:
            said = self._asked("GET", "/s2s/module/details", {"upload_id": upload})
            outcome = Outcome(upload, one_line(said.get("submission_status") or "nothing"))
            if outcome.status.lower() not in WORKING:
                return outcome
            if self._monotonic() >= until:
                what = f"the upload {upload} is still being looked at after {ASK_FOR_S:.0f} s"
                raise self._failed("GET", "/s2s/module/details", what, "Look it up in EV-ChART; do not send it again")
            self._sleep(ASK_EVERY_S)

    def _asked(self, method: str, path: str, said: Mapping[str, str]) -> dict[str, Any]:
        headers = {"x-api-key": self._account.key, "Content-Type": "application/json"}
        answer = self._sent(method, f"{self._account.url}{path}", headers, orjson.dumps(said))
        if not answer.succeeded:
            text = one_line(answer.body.decode(errors="replace").strip())
            remedy = _REMEDIES.get(answer.status, "Try again later; then ask EV-ChART's help desk")
            raise self._failed(method, path, f"{answer.said}{f': {text}' if text else ''}", remedy)
        try:
            found = orjson.loads(answer.body)
        except orjson.JSONDecodeError:
            found = None
        if not isinstance(found, dict):
            raise self._failed(method, path, "answered with no JSON object", "Check `evchart.url`")
        return found

    def _sent(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        try:
            return self._exchange.send(method, url, headers, body)
        except NoAnswer as error:
            raise DeliveryError(error.what, where=f"{method} {shown(url)}", remedy=error.remedy) from error

    def _failed(self, method: str, path: str, what: str, remedy: str = "Ask EV-ChART's help desk") -> DeliveryError:
        return DeliveryError(what, where=f"{method} {shown(self._account.url)}{path}", remedy=remedy)
