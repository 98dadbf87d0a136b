"""chargefeed publishes live EVSE status and prices of a charge point operator."""

__version__ = "0.1.0"
