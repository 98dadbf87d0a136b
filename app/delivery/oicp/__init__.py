"""Pushing to Hubject, the hub of OICP 2.3: EVSE data and statuses, and prices where OICP can say them exactly."""

from app.delivery.oicp.destination import Oicp

__all__ = ["Oicp"]
