"""Pushing to QualiCharge, France's registry of charge points: static facts and statuses, point by point in batches."""

from app.delivery.qualicharge.destination import QualiCharge

__all__ = ["QualiCharge"]
