"""Public changes posted to whoever wants them, signed."""

from app.delivery.webhook.destination import Webhook
from app.delivery.webhook.settings import WebhookSettings

__all__ = ["Webhook", "WebhookSettings"]
