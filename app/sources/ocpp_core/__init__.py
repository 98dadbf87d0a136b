"""OCPP.Core's database as a backend for statuses; it has neither addresses nor prices."""

from app.sources.ocpp_core.settings import OcppCoreSettings
from app.sources.ocpp_core.source import OcppCoreSource

__all__ = ["OcppCoreSettings", "OcppCoreSource"]
