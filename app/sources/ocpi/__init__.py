"""OCPI 2.1.1, 2.2.1 and 2.3.0 as a client: locations and tariffs pulled from a Sender.

settings → `discovery` (versions → details → endpoints) → `paging` (which page next) → `page` (an answer as records) → `source`
(batches, cursor).
"""

from app.sources.ocpi.settings import OcpiSettings
from app.sources.ocpi.source import OcpiSource

__all__ = ["OcpiSettings", "OcpiSource"]
