"""Files of OICP records as a backend: EVSE data is the inventory, EVSE statuses beside it; each a file or an address."""

from app.sources.oicp.settings import OicpSettings
from app.sources.oicp.source import OicpSource

__all__ = ["OicpSettings", "OicpSource"]
