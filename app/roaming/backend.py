"""Commands to our backend: one signed message each, as a webhook (Standard Webhooks 1.0.0).

The body is `{type: "command", timestamp, id, command, partner, data, result_url}`; `data` as the partner said it, without
`response_url`, its reservation's id made our own. 2xx takes it, unless the answer says otherwise (`{"result": "REJECTED"}`).
"""

from __future__ import annotations

from typing import Any

import orjson

from app.clock import Clock, format_time
from app.delivery.client import Client
from app.delivery.settings import HttpSettings
from app.delivery.signing import Message
from app.errors import DeliveryError
from app.http.exchange import json_object
from app.roaming.command import Response
from app.roaming.settings import Relay

NOT_IMPLEMENTED = 501


class Backend:
    def __init__(self, relay: Relay, clock: Clock, results_url: str) -> None:
        """`results_url`: what a command's id is added to."""
        self._relay = relay
        self._clock = clock
        self._results_url = results_url
        settings = HttpSettings(name="backend", type="webhook", timeout=relay.timeout)
        self._client = Client(settings, clock, public_only=not relay.allow_private)

    def hand(self, id: str, command: str, partner: str, data: dict[str, Any]) -> Response:
        """Raises DeliveryError where it does not answer."""
        assert self._relay.commands_url is not None
        named = {"id": id, "command": command, "partner": partner}
        told = {"type": "command", "timestamp": format_time(self._clock.now()), **named, "data": data}
        message = Message(id, orjson.dumps({**told, "result_url": f"{self._results_url}/{id}/result"}))
        headers = message.headers(self._relay.keys, self._clock.now())
        answer = self._client.send("POST", self._relay.commands_url, headers, message.body)
        if answer.status == NOT_IMPLEMENTED:
            return Response.NOT_SUPPORTED
        if not answer.succeeded:
            raise DeliveryError(answer.said, where=self._client.where("POST", self._relay.commands_url))
        said = json_object(answer.body).get("result")
        return Response(said) if said in list(Response) else Response.ACCEPTED
