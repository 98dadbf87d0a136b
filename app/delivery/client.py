"""Calling a destination over HTTP: one request at a time and thread, no redirect followed, its troubles told apart."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from app.clock import Clock
from app.delivery.pace import Pace
from app.delivery.settings import HttpSettings
from app.errors import DestinationBusy, DestinationRefused, DestinationUnreachable
from app.http.curl import CurlExchange
from app.http.exchange import Answer, Exchange, NoAnswer, shown


class Client:
    """A session with one destination; threads share it."""

    def __init__(
        self,
        settings: HttpSettings,
        clock: Clock,
        certificate: tuple[Path, Path] | None = None,
        *,
        public_only: bool = False,
        exchange: type[Exchange | CurlExchange] = Exchange,
    ) -> None:
        """`certificate`: ours, and its key (PEM), where the destination asks for one. `public_only`: as `Exchange` has it.
        `exchange`: CurlExchange for many small messages."""
        self._settings = settings
        self._clock = clock
        self._exchange = exchange(
            timeout=settings.timeout,
            largest=settings.max_body,
            ca_file=settings.ca_file,
            certificate=certificate,
            connections=settings.parallel,
            public_only=public_only,
        )
        self._headers = {name: value.get_secret_value() for name, value in settings.headers.items()}
        self._pace = Pace(settings.pause)

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | Iterable[bytes] | None = None,
        judged: Collection[int] = (),
    ) -> Answer:
        """An answer of whatever status, but for what concerns more than this request: raises DestinationUnreachable,
        DestinationBusy (429, 503), DestinationRefused (401, 403). `judged`: of these, what the caller judges itself."""
        self._pace.wait()
        try:
            answer = self._exchange.send(method, url, {**self._headers, **headers}, body)
        except NoAnswer as none:
            where = self.where(method, url)
            raise DestinationUnreachable(none.what, where=where, remedy=none.remedy) from none.__cause__
        if answer.status in judged:
            return answer
        if answer.status in (401, 403):
            remedy = "Check `token`, `headers` and the URL of the destination"
            raise DestinationRefused(answer.said, where=self.where(method, url), remedy=remedy)
        if answer.status in (429, 503):
            wait = answer.wait_asked_for(self._clock.now())
            raise DestinationBusy(answer.said, where=self.where(method, url), wait=wait)
        return answer

    def where(self, method: str, url: str) -> str:
        """The destination and the request, without what is secret in it, for messages."""
        return f"destination {self._settings.name}, {method} {shown(url)}"
