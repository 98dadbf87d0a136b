"""Statuses that a backend posts by HTTP."""

from app.sources.webhook.settings import WebhookSettings
from app.sources.webhook.source import WebhookSource

__all__ = ["WebhookSettings", "WebhookSource"]
