"""SteVe's database as a backend: the inventory in charge boxes and addresses, statuses in logs of statuses and transactions."""

from app.sources.steve.settings import SteveSettings
from app.sources.steve.source import SteveSource

__all__ = ["SteveSettings", "SteveSource"]
