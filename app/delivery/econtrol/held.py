"""What the register holds of a location, as far as we know: digests of what it took last."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b

import orjson


@dataclass(slots=True)
class Held:
    address: str = ""
    """Where the station was sent to; empty: it is not there."""
    station: str = ""
    refused: list[str] = field(default_factory=list)
    """Digest of the station that was refused, and why: it is not sent again until it changes."""
    statuses: dict[str, str] = field(default_factory=dict)
    """By uid of the EVSE."""

    @classmethod
    def loads(cls, memory: bytes | None) -> Held:
        return cls() if memory is None else cls(*orjson.loads(memory))

    def dumps(self) -> bytes | None:
        """None: nothing of it is there, and nothing was refused."""
        said = [self.address, self.station, self.refused, self.statuses]
        return orjson.dumps(said) if any(said) else None


def digest(said: bytes) -> str:
    return blake2b(said, digest_size=8).hexdigest()
