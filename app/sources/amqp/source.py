"""Reading a queue of an AMQP broker.

A message is acknowledged once the inbox holds it; else the broker delivers it again.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pika
import structlog
from pika.adapters.blocking_connection import BlockingChannel, BlockingConnection
from pika.exceptions import (
    AMQPError,
    ChannelClosedByBroker,
    ConnectionClosedByBroker,
    ProbableAccessDeniedError,
    ProbableAuthenticationError,
)
from pika.spec import Basic, BasicProperties

from app import amqp
from app.errors import SourceRefused, SourceUnreachable
from app.sources.amqp.settings import AmqpSettings
from app.sources.tap.mail import Mail
from app.sources.tap.reading import Message
from app.sources.tap.source import LOOK_EVERY, TapSource

TIMEOUT = 10
HEARTBEAT = 15
TRY_AGAIN = 1.0
_CREDENTIALS = "Check user, password and virtual host in `url`"
_PLACE = "Check `queue` and `bindings`, and what the user may configure, write and read"
_REFUSED = (403, 530)
"""Reply codes: access refused, not allowed (AMQP 0-9-1, 1.1)."""

log = structlog.get_logger()


class AmqpSource(TapSource):
    type = "amqp"
    Settings = AmqpSettings
    settings: AmqpSettings

    def begin(self) -> None:
        self.settings.tls()

    def check(self) -> str:
        settings = self.settings
        with self._troubles(), _closing(self._connect()) as connection:
            channel = connection.channel()
            for binding in settings.bound:
                channel.exchange_declare(binding.exchange, passive=True)
            if settings.bound:
                return f"{settings.broker}: {len(settings.bound)} bindings into queue {settings.queue_name}"
            waiting = channel.queue_declare(settings.queue_name, passive=True).method.message_count
            return f"{settings.broker}: queue {settings.queue_name}, {waiting} messages waiting"

    def tap(self, mail: Mail, stop: threading.Event) -> None:
        with self._troubles(), _closing(self._connect()) as connection:
            channel = connection.channel()
            self._prepare(channel)
            log.info("connected", source=self.name, broker=self.settings.broker)
            unacknowledged = 0
            for method, properties, body in channel.consume(self.settings.queue_name, inactivity_timeout=LOOK_EVERY):
                if method is not None and properties is not None and body is not None:
                    mail.add(self._message(method, properties, body))
                    unacknowledged += 1
                    if unacknowledged < self.settings.prefetch and channel.get_waiting_message_count():
                        continue
                while not mail.hand_in():
                    connection.sleep(TRY_AGAIN)  # which keeps the connection alive
                    if stop.is_set():
                        return
                if method is not None:
                    channel.basic_ack(method.delivery_tag or 0, multiple=True)
                    unacknowledged = 0
                mail.connected()
                if stop.is_set():
                    return

    def _prepare(self, channel: BlockingChannel) -> None:
        settings = self.settings
        channel.basic_qos(prefetch_count=settings.prefetch)
        if settings.bound:
            expires = {"x-expires": round(settings.keeps * 1000)}
            channel.queue_declare(settings.queue_name, durable=True, arguments=expires)
        for one in settings.bound:
            headers = {**one.headers, "x-match": one.match} if one.headers else None
            channel.queue_bind(settings.queue_name, one.exchange, one.routing_key, headers)

    def _message(self, method: Basic.Deliver, properties: BasicProperties, body: bytes) -> Message:
        key = str(method.routing_key or "")
        place = f"queue {self.settings.queue_name}" + (f", key {key}" if key else "")
        headers = properties.headers or {}
        now = self.clock.now()
        return Message(place, tuple(key.split(".")), body, now, headers, again=bool(method.redelivered))

    def _connect(self) -> BlockingConnection:
        url = self.settings.url.get_secret_value()
        parameters = amqp.parameters(url, TIMEOUT, HEARTBEAT, connection_name=self.name)
        tls = self.settings.tls()
        parameters.ssl_options = pika.SSLOptions(tls, parameters.host) if tls else None
        return BlockingConnection(parameters)

    @contextmanager
    def _troubles(self) -> Iterator[None]:
        where = self.settings.where
        try:
            yield
        except ChannelClosedByBroker as error:
            raise SourceRefused(amqp.said(error), where=where, remedy=_PLACE) from error
        except (ProbableAuthenticationError, ProbableAccessDeniedError) as error:
            raise SourceRefused("the broker refuses the login", where=where, remedy=_CREDENTIALS) from error
        except ConnectionClosedByBroker as error:
            kind = SourceRefused if error.reply_code in _REFUSED else SourceUnreachable
            raise kind(amqp.said(error), where=where) from error
        except (AMQPError, OSError) as error:
            remedy = "Check `url`, and whether the broker runs"
            raise SourceUnreachable(f"no connection: {amqp.cause(error)}", where=where, remedy=remedy) from error


@contextmanager
def _closing(connection: BlockingConnection) -> Iterator[BlockingConnection]:
    try:
        yield connection
    finally:
        with suppress(AMQPError, OSError):
            connection.close()
