"""The destination `webhook`. 2xx acknowledges; 410 ends it; whatever else is tried again, and the changes behind it wait."""

from __future__ import annotations

from app.clock import Clock
from app.delivery.base import ChangeDestination
from app.delivery.client import Client
from app.delivery.settings import DestinationSettings
from app.delivery.signing import Message
from app.delivery.webhook.message import changes_message, ping_message, reset_message
from app.delivery.webhook.settings import WebhookSettings
from app.errors import DeliveryError, DestinationGone
from app.http.exchange import Answer, one_line
from app.registry.projection import ChangePage, Head


class Webhook(ChangeDestination):
    type = "webhook"
    Settings = WebhookSettings
    settings: WebhookSettings

    def __init__(self, settings: DestinationSettings, clock: Clock) -> None:
        super().__init__(settings, clock)
        self.batch, self.every = self.settings.batch, self.settings.every
        self._client = Client(self.settings, clock, public_only=not self.settings.allow_private)

    def target(self) -> str:
        return self.settings.url

    def check(self) -> str:
        """Posts a `ping`."""
        return self._post(ping_message(self.clock.now())).said

    def deliver(self, since: int, page: ChangePage) -> None:
        self._post(changes_message(since, page))

    def reset(self, head: Head, manifest: str) -> None:
        self._post(reset_message(head, manifest))

    def _post(self, message: Message) -> Answer:
        """Raises DeliveryError."""
        url = self.settings.url
        answer = self._client.send("POST", url, message.headers(self.settings.keys, self.clock.now()), message.body)
        if answer.succeeded:
            return answer
        where = self._client.where("POST", url)
        if answer.status == 410:
            raise DestinationGone(
                answer.said, where=where, remedy="It wants no more: take it out, or resume it when it does"
            )
        remedy = "Its operator has to look; it is tried again"
        if answer.redirect is not None:
            remedy = f"Redirects are not followed: if {one_line(answer.redirect)} is right, give it as `url`"
        elif answer.status == 413:
            remedy = "Lower `batch`"
        raise DeliveryError(answer.said, where=where, remedy=remedy)
