"""What a receiver should hold: the public state, in its version."""

from __future__ import annotations

from typing import Any

import orjson

from app.formats.base import format_named
from app.model.batch import Kind
from app.publish.block import Rendering, render
from app.registry.apply import Registry
from app.registry.projection import View

EVERYTHING = View()


def said(registry: Registry, version: str = "2.2.1", view: View = EVERYTHING) -> dict[tuple[str, str], dict[str, Any]]:
    """(module, id) → each public object that the version can say, without stamps."""
    form = format_named(f"ocpi-{version}")
    with registry.feed().read() as reader:
        objects = {
            kind: reader.objects(kind, reader.ordinals(kind, view, None, None))
            for kind in (Kind.LOCATIONS, Kind.TARIFFS)
        }
    return {
        (kind.value, item.id): unstamped(orjson.loads(rendered.body))
        for kind, items in objects.items()
        for item in items
        if (rendered := render(Rendering(form, kind), item)).body is not None
    }


def unstamped(value: Any) -> Any:
    """Without `last_updated` (a change that does not show in the receiver's version is not sent there), and with EVSEs in order
    of their uids (in which they are listed means nothing)."""
    if isinstance(value, dict):
        return {name: unstamped(part) for name, part in value.items() if name != "last_updated"}
    if isinstance(value, list):
        return [unstamped(part) for part in sorted(value, key=_uid)]
    return value


def _uid(part: Any) -> str:
    return str(part.get("uid", "")) if isinstance(part, dict) else ""
