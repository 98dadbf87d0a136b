"""Pushing to E-Control's register of charge points (Austria): static data and prices by REST, statuses by AMQP over TLS.

Unverified: built from the public description. Addresses, headers, the queue and the payload are settings, since they are told at
registration only.
"""

from app.delivery.econtrol.destination import EControl

__all__ = ["EControl"]
