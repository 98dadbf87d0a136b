"""France's files as a backend: the static one is the inventory, the dynamic one the statuses; each a file or an address."""

from app.sources.irve.settings import IrveSettings
from app.sources.irve.source import IrveSource

__all__ = ["IrveSettings", "IrveSource"]
