"""Sending again what a destination was sent before, because somebody asks for it.

An object or document destination gets every object that changed since, as it is now; a change destination the changes once more.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Engine

from app.delivery.base import ChangeDestination, Destination
from app.delivery.queue import mark
from app.delivery.states import ahead, read_state, write_state
from app.model.batch import Kind
from app.registry.database import reading, writing
from app.registry.touched import Touch, touched
from app.registry.views import check_kept, read_head

PAGE = 1000
NO_LIFE = ""
"""No feed has this epoch: the courier starts over."""


def replay(engine: Engine, destination: Destination, since: int) -> int | None:
    """Has a destination be sent again what changed after a sequence; returns how many objects (in full, as they are now) or
    changes. 0: everything, and None is returned. Whoever leads the destination sends it.

    Raises JournalPruned.
    """
    if since == 0:
        with writing(engine) as connection:
            write_state(connection, destination.name, epoch=NO_LIFE)
        return None
    if isinstance(destination, ChangeDestination):
        return _rewind(engine, destination, since)
    touches: dict[tuple[Kind, str], Touch] = {}
    with reading(engine) as connection:
        state = read_state(connection, destination.name)
        while state is not None and since < state.cursor:
            page = touched(connection, since, PAGE, destination.view, priced=False)
            touches |= {(touch.kind, touch.key): touch for touch in page.touches if touch.kind in destination.kinds}
            since = page.next
    wanted = [replace(touch, evse="", published_at=None) for touch in touches.values()]
    for start in range(0, len(wanted), PAGE):
        with writing(engine) as connection:
            mark(connection, destination.name, wanted[start : start + PAGE], whole=True)
    return len(wanted)


def _rewind(engine: Engine, destination: ChangeDestination, since: int) -> int:
    with writing(engine) as connection:
        check_kept(read_head(connection), since)
        state = read_state(connection, destination.name)
        if state is None or since >= state.cursor:
            return 0
        write_state(connection, destination.name, cursor=since)
        return ahead(connection, since)[0]
