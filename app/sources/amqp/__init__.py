"""Statuses from an AMQP 0-9-1 broker such as RabbitMQ."""

from app.sources.amqp.settings import AmqpSettings
from app.sources.amqp.source import AmqpSource

__all__ = ["AmqpSettings", "AmqpSource"]
