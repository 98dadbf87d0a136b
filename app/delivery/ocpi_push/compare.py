"""Whether a receiver holds what it was sent. It may say more, write times otherwise, ids in another case and EVSE ids without
separators, or leave out empty fields; its own `last_updated` does not count."""

from __future__ import annotations

from typing import Any

from app.clock import parse_time
from app.model.identifiers import compare_key

_IDS = frozenset({"id", "uid", "country_code", "party_id", "tariff_id", "tariff_ids", "parking_id"})
_EMPTY: tuple[Any, ...] = (None, [], {}, "")


def difference(ours: Any, theirs: Any, path: str = "", name: str = "") -> str | None:
    """Path of the first field in which they differ; None where they do not."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return _in_object(ours, theirs, path)
    if isinstance(ours, list) and isinstance(theirs, list):
        return _in_list(ours, theirs, path, name)
    return None if _plain(ours, name) == _plain(theirs, name) else path


def _in_object(ours: dict[str, Any], theirs: dict[str, Any], path: str) -> str | None:
    for name, value in ours.items():
        at = f"{path}.{name}" if path else name
        if name == "last_updated" or (value in _EMPTY and theirs.get(name) in _EMPTY):
            continue
        found = difference(value, theirs.get(name), at, name)
        if found is not None:
            return found
    return None


def _in_list(ours: list[Any], theirs: list[Any], path: str, name: str) -> str | None:
    if len(ours) != len(theirs):
        return path
    pairs = zip(_ordered(ours, name), _ordered(theirs, name), strict=True)
    found = (difference(one, other, f"{path}[{index}]", name) for index, (one, other) in enumerate(pairs))
    return next((at for at in found if at is not None), None)


def _ordered(items: list[Any], name: str) -> list[Any]:
    """What has an id by its id, plain values by their value; the order of anything else means something."""
    if all(isinstance(item, dict) and ("uid" in item or "id" in item) for item in items):
        return sorted(items, key=lambda item: str(item.get("uid") or item.get("id")).casefold())
    if all(isinstance(item, str) for item in items):
        return sorted(items, key=lambda item: str(_plain(item, name)))
    return items


def _plain(value: Any, name: str) -> Any:
    if not isinstance(value, str):
        return value
    if name == "evse_id":
        return compare_key(value)
    if name in _IDS:
        return value.casefold()
    try:
        return parse_time(value)
    except ValueError:
        return value
