"""DATEX II publications as a backend: a table is the inventory with its prices, a status publication the statuses."""

from app.sources.datex2.settings import Datex2Settings
from app.sources.datex2.source import Datex2Source

__all__ = ["Datex2Settings", "Datex2Source"]
