"""What everybody who talks to an MQTT broker by paho does alike: how a client is made, and what a refused login means."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from app.broker import BrokerSettings

TIMEOUT = 10.0
SCHEMES = ("mqtt", "mqtts")
PORT, PORT_TLS = 1883, 8883
QOS = 1


def make_client(settings: BrokerSettings, client_id: str, **options: Any) -> Client:
    """One that does not connect anew by itself. Raises ConfigError."""
    client = Client(CallbackAPIVersion.VERSION2, client_id, reconnect_on_failure=False, **options)
    client.connect_timeout = TIMEOUT
    parts, tls = settings.parts, settings.tls()
    if tls is not None:
        client.tls_set_context(tls)
    if parts.username:
        client.username_pw_set(unquote(parts.username), unquote(parts.password or "") or None)
    return client


def connect(client: Client, settings: BrokerSettings, keep_alive: int, **options: Any) -> None:
    """Raises OSError."""
    parts = settings.parts
    port = parts.port or (PORT_TLS if parts.scheme == SCHEMES[1] else PORT)
    client.connect(parts.hostname or "", port, keep_alive, **options)


def passes(reason: ReasonCode) -> bool:
    """Whether the broker may take the login that it refused later on."""
    return any(word in str(reason).lower() for word in ("unavailable", "busy"))
