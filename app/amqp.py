"""What everybody who talks to an AMQP broker by pika does alike: how the connection is asked for, and what an error says."""

from __future__ import annotations

import pika
from pika.exceptions import ChannelClosedByBroker, ConnectionClosedByBroker


def parameters(url: str, timeout: float, heartbeat: int, **properties: str) -> pika.URLParameters:
    """Without TLS. `timeout` in seconds, of each step; a broker that is silent for two heartbeats is given up."""
    found = pika.URLParameters(url)
    found.socket_timeout = found.stack_timeout = found.blocked_connection_timeout = timeout
    found.heartbeat = heartbeat
    found.client_properties = {"product": "chargefeed", **properties}
    return found


def said(error: ChannelClosedByBroker | ConnectionClosedByBroker) -> str:
    return f"AMQP {error.reply_code} {error.reply_text}"


def cause(error: Exception) -> str:
    """What lies beneath, which pika wraps."""
    inner = error.args[0] if error.args and isinstance(error.args[0], Exception) else error
    inner = getattr(inner, "exception", inner)
    return f"{type(inner).__name__}: {inner}"
