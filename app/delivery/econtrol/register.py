"""The register over HTTP: a station that is taken or refused, and what its answers mean."""

from __future__ import annotations

from urllib.parse import quote

from app.clock import Clock
from app.delivery.client import Client
from app.delivery.econtrol.settings import EControlSettings
from app.errors import DeliveryError, DestinationRefused, ObjectRefused
from app.http.exchange import Answer, one_line

_REMEDY = "Check `api_key`, and that `referer` is the address registered with it"
CORRECT = "Correct it in the backend or in the overlay; the change is sent again"
_GONE = (404, 410)


class Register:
    def __init__(self, settings: EControlSettings, clock: Clock) -> None:
        self._settings = settings
        self._client = Client(settings, clock)

    def greet(self) -> str:
        """Asks for a station that there is not. Raises DeliveryError."""
        url = self.address("AT", "XXX", "chargefeed")
        answer = self._asked("GET", url)
        if answer.status >= 500:
            raise self._trouble(answer, "GET", url)
        return answer.said

    def send(self, url: str, body: bytes, media_type: str) -> None:
        """Raises DeliveryError; ObjectRefused where it does not take this station as it is."""
        self._judge(self._asked(self._settings.method, url, body, media_type), self._settings.method, url)

    def delete(self, url: str) -> None:
        """One that it does not know is deleted already. Raises as `send`."""
        answer = self._asked("DELETE", url)
        if answer.status not in _GONE:
            self._judge(answer, "DELETE", url)

    def address(self, country: str, party: str, id_: str) -> str:
        names = {"country": country, "party": party, "id": id_}
        return self._settings.station_url.format_map({name: quote(text, safe="") for name, text in names.items()})

    def _asked(self, method: str, url: str, body: bytes | None = None, media_type: str = "") -> Answer:
        own = self._settings
        headers = {"Apikey": own.api_key.get_secret_value(), "Referer": own.referer, "Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = media_type
        try:
            return self._client.send(method, url, headers, body)
        except DestinationRefused as error:
            raise DestinationRefused(error.what, where=error.where, remedy=_REMEDY) from error

    def _judge(self, answer: Answer, method: str, url: str) -> None:
        if 400 <= answer.status < 500:
            what = f"{answer.said}{_reason(answer)}"
            raise ObjectRefused(what, where=self._client.where(method, url), remedy=CORRECT)
        if not answer.succeeded:
            raise self._trouble(answer, method, url)

    def _trouble(self, answer: Answer, method: str, url: str) -> DeliveryError:
        what = f"{answer.said}{_reason(answer)}"
        return DeliveryError(what, where=self._client.where(method, url), remedy="It is tried again")


def _reason(answer: Answer) -> str:
    """`: {what it says}`, short; empty where that is nothing, or a page for people."""
    text = answer.body.decode(errors="replace").strip()
    return "" if not text or text.startswith("<") else f": {one_line(text)}"
