"""SteVe's database as a backend: charge boxes and addresses are the inventory, connector statuses and transactions the statuses."""

from app.sources.steve.settings import SteveSettings
from app.sources.steve.source import SteveSource

__all__ = ["SteveSettings", "SteveSource"]
