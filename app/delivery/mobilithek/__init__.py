"""Pushing to Mobilithek, Germany's national access point: DATEX II over mutual TLS, a static and a dynamic publication."""

from app.delivery.mobilithek.destination import Mobilithek

__all__ = ["Mobilithek"]
