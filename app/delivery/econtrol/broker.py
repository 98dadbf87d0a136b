"""The broker of statuses (AMQP 0-9-1 over TLS): a message has arrived where the broker confirms it.

One connection, opened when there is something to say, and anew where it broke. A login or a place that the broker refuses needs a
person; a broker that is full or gone is tried again.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pika
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import (
    AMQPConnectionError,
    AMQPError,
    ChannelClosedByBroker,
    ConnectionBlockedTimeout,
    ConnectionClosedByBroker,
    NackError,
    ProbableAccessDeniedError,
    ProbableAuthenticationError,
    UnroutableError,
)

from app import amqp
from app.clock import Millis
from app.delivery.econtrol.settings import EControlSettings
from app.errors import DestinationBusy, DestinationRefused, DestinationUnreachable

_CREDENTIALS = "Check user, password and virtual host in `queue_url`"
_PLACE = "Check `exchange` and `routing_key`, and what the user may write to"
_GONE = (320, 541)
"""Reply codes of a broker that shuts down, or failed (AMQP 0-9-1, 1.1)."""


class Broker:
    def __init__(self, settings: EControlSettings) -> None:
        self._settings = settings
        self._parameters = _parameters(settings)
        self._lock = threading.Lock()
        self._connection: pika.BlockingConnection | None = None
        self._channel: BlockingChannel | None = None

    def greet(self) -> None:
        """Raises DeliveryError."""
        with self._lock, self._troubles():
            self._opened()

    def publish(self, body: bytes, media_type: str, at: Millis) -> None:
        """Returns when the broker has the message; `at`: when what it says became so. Raises DeliveryError.

        A connection that broke while it was idle is opened anew: the same twice does no harm.
        """
        properties = pika.BasicProperties(
            content_type=media_type, delivery_mode=pika.DeliveryMode.Persistent.value, timestamp=at // 1000
        )
        with self._lock, self._troubles():
            kept = self._channel is not None
            try:
                self._send(body, properties)
            except AMQPConnectionError:
                if not kept:
                    raise
                self._close()
                self._send(body, properties)

    def _send(self, body: bytes, properties: pika.BasicProperties) -> None:
        own = self._settings
        self._opened().basic_publish(own.exchange, own.routing_key, body, properties, mandatory=True)

    def _opened(self) -> BlockingChannel:
        if self._channel is None or not self._channel.is_open:
            self._close()
            tls = ssl.create_default_context(cafile=self._settings.ca_file)
            self._parameters.ssl_options = pika.SSLOptions(tls, self._parameters.host)
            self._connection = pika.BlockingConnection(self._parameters)
            self._channel = self._connection.channel()
            self._channel.confirm_delivery()
        return self._channel

    def _close(self) -> None:
        connection, self._connection, self._channel = self._connection, None, None
        if connection is not None:
            with suppress(AMQPError, OSError):
                connection.close()

    @contextmanager
    def _troubles(self) -> Iterator[None]:
        where = f"destination {self._settings.name}, AMQP {self._parameters.host}:{self._parameters.port}"
        try:
            yield
        except UnroutableError:
            raise DestinationRefused("no queue takes the message", where=where, remedy=_PLACE) from None
        except NackError:
            raise DestinationBusy("the broker does not take the message now", where=where) from None
        except ConnectionBlockedTimeout as error:
            raise DestinationBusy("the broker is out of space", where=where) from error
        except ChannelClosedByBroker as error:
            raise DestinationRefused(amqp.said(error), where=where, remedy=_PLACE) from error
        except (ProbableAuthenticationError, ProbableAccessDeniedError) as error:
            raise DestinationRefused("the broker refuses the login", where=where, remedy=_CREDENTIALS) from error
        except ConnectionClosedByBroker as error:
            if error.reply_code in _GONE:
                raise DestinationUnreachable(amqp.said(error), where=where) from error
            raise DestinationRefused(amqp.said(error), where=where, remedy=_CREDENTIALS) from error
        except (AMQPError, OSError) as error:
            raise DestinationUnreachable(f"no connection: {amqp.cause(error)}", where=where) from error


def _parameters(settings: EControlSettings) -> pika.URLParameters:
    """Without TLS, whose certificates are read at each connecting."""
    url, timeout = settings.queue_url.get_secret_value(), settings.timeout
    return amqp.parameters(url, timeout, max(1, round(timeout)))
