"""What a push source received, on its way from the process that listens to the one that applies it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

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

Turn = tuple[bytes | None, Letter]
"""What is held of an object from now on (None: nothing), and the letter that tells of it."""


class Holdings(Protocol):
    """What a push source was given, object by object, where it is told of parts of them."""

    def get(self, kind: Kind, key: str) -> bytes | None:
        """None: nothing."""

    def turn(self, kind: Kind, key: str, change: Callable[[bytes | None], Turn]) -> None:
        """Keeps what `change` makes of what is held, and hands in the letter: both, or neither. Nobody else changes the object
        meanwhile. Raises what `change` raises, and RegistryError where nothing was written."""
