"""A fictional charging network, the same for the same seed, whose statuses live. Nothing in it is real but the towns."""

from app.sources.demo.source import DemoSource

__all__ = ["DemoSource"]
