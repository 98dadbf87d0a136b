"""Pushing to an OCPI receiver by tokens that were exchanged by hand: Locations and Tariffs of 2.1.1, 2.2.1 and 2.3.0."""

from app.delivery.ocpi_push.destination import OcpiPush

__all__ = ["OcpiPush"]
