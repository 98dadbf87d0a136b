"""OCPI's Receiver interface: a backend that pushes its locations and tariffs, and its sessions and CDRs."""

from app.sources.ocpi_push.settings import OcpiPushSettings
from app.sources.ocpi_push.source import OcpiPushSource

__all__ = ["OcpiPushSettings", "OcpiPushSource"]
