"""OCPP 1.6-J, 2.0.1 and 2.1: charge points connect, and a backend answers them through here, or chargefeed does itself."""

from app.sources.ocpp.settings import OcppSettings
from app.sources.ocpp.source import OcppSource

__all__ = ["OcppSettings", "OcppSource"]
