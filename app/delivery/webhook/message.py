"""What is posted.

The body is `{type, timestamp, epoch, …}`. `changes`: `since`, `next` and `head`, and the changes in `data`, as `/open/changes`
has them. `reset`: `data` as `/open/changes` has it under HTTP 410. `ping`: somebody tries the address. The id is made of the
sequences, so that what is sent again has the same.
"""

from __future__ import annotations

from typing import Any

import orjson

from app.clock import Millis, format_time
from app.delivery.signing import Message
from app.registry.projection import ChangePage, Head


def changes_message(since: int, page: ChangePage) -> Message:
    """Of at least one change."""
    first, last, epoch = page.changes[0], page.changes[-1], page.head.epoch
    said = {"since": since, "next": page.next, "head": page.head.seq, "data": page.changes}
    return _message(f"{epoch}-{first['seq']}-{last['seq']}", "changes", last["published_at"], epoch, said)


def reset_message(head: Head, manifest: str) -> Message:
    """What came up to `head` is to be read from the snapshots."""
    data = {"manifest": manifest, "oldest": head.oldest, "head": head.seq, "epoch": head.epoch}
    said = {"next": head.seq, "data": data}
    return _message(f"{head.epoch}-reset-{head.seq}", "reset", format_time(head.published_at), head.epoch, said)


def ping_message(now: Millis) -> Message:
    return _message(f"ping-{now}", "ping", format_time(now), None, {})


def _message(id: str, type_: str, timestamp: str, epoch: str | None, said: dict[str, Any]) -> Message:
    named = {"epoch": epoch} if epoch is not None else {}
    return Message(id, orjson.dumps({"type": type_, "timestamp": timestamp, **named, **said}))
