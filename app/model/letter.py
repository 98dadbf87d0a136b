"""What a push source received, on its way from the process that listens to the one that applies it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.clock import Millis
from app.model.batch import Kind
from app.model.session import SessionRecord


@dataclass(frozen=True, slots=True)
class Letter:
    kind: Kind
    received_at: Millis
    payload: bytes
    """In whatever form the source's `opened` reads."""


Sink = Callable[[Sequence[Letter]], None]
"""Takes letters in their order; they are safe once it returns. It blocks, and raises RegistryError where they are not safe: then
they are to be handed in again."""

Sessions = Callable[[Sequence[SessionRecord]], None]
"""The same for charging sessions, on their way to the private store."""
