"""What a source hands over: batches of raw records and the function that reads one of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from app.clock import Millis
from app.model.problem import Problem


class Kind(StrEnum):
    LOCATIONS = "locations"
    TARIFFS = "tariffs"
    STATUSES = "statuses"
    """Pulled, never published alone."""
    SITES = "sites"
    """Published, never pulled: locations without what statuses decide. Documents of them change as seldom as that does."""


PULLED = (Kind.LOCATIONS, Kind.TARIFFS, Kind.STATUSES)


class Role(StrEnum):
    """What a source is believed for, where several speak of the same object."""

    INVENTORY = "inventory"
    STATUS = "status"
    PRICE = "price"


class Origin(StrEnum):
    """Whose clock `occurred_at` was read from."""

    CHARGER = "charger"
    BACKEND = "backend"
    OBSERVED = "observed"
    """No time was given: first seen here."""


@dataclass(frozen=True, slots=True)
class StatusRecord:
    """What a source says of the status of one EVSE."""

    evse: str
    """The EVSE's `uid` or `evse_id`, as the source writes it."""
    status: str
    """An OCPI Status value."""
    occurred_at: Millis | None = None
    """When it became so at the charger; None where the source gives no time."""
    origin: Origin = Origin.OBSERVED
    backend_at: Millis | None = None
    """When the backend learned it; None where unknown."""
    queued: bool = False
    """Delivered late (the charger was offline): it goes into history by its own time."""
    detail: dict[str, Any] | None = None
    """`status_detail`: fault code, ChargeX MREC, vendor code."""
    received_at: Millis | None = None
    """When it came in, where it had to wait for its batch; None: with the batch."""


@dataclass(frozen=True, slots=True)
class LocationRecord:
    country_code: str
    party_id: str
    id: str
    body: dict[str, Any]
    """Canonical JSON object (OCPI 2.3.0 + extension), valid, *without* `status` of EVSEs and without any `last_updated`."""
    statuses: tuple[StatusRecord, ...] = ()
    """Where the source states statuses inside locations; `evse` is the uid."""
    refused_evses: frozenset[str] = frozenset()
    """uids of EVSEs that were there but refused: seen, so not missing."""


@dataclass(frozen=True, slots=True)
class TariffRecord:
    country_code: str
    party_id: str
    id: str
    body: dict[str, Any]
    """Canonical JSON object (OCPI 2.3.0 + extension), valid, without `last_updated`."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A raw record read: None where it was refused, with the reasons."""

    record: LocationRecord | TariffRecord | StatusRecord | None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Raw:
    """One location or tariff as it came. `key` is `identifiers.object_key(country_code, party_id, id)`."""

    key: str
    body: Any
    """Decoded JSON; hashed to see whether it changed, and parsed only if it did."""
    where: str = ""


class StatusRow(NamedTuple):
    """One polled status as it came; compared whole with the source's last row of the same EVSE, parsed only if it differs."""

    evse: str
    status: str
    occurred_at: str | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """What a *complete* batch speaks of: empty means everything of this source."""

    parties: frozenset[str] = frozenset()
    """`DE*ABC`, upper case."""


@dataclass(frozen=True, slots=True)
class Batch:
    """One answer of one source. One bad record never loses it: `parse` returns problems, it does not raise."""

    source: str
    kind: Kind
    received_at: Millis
    parse: Callable[[Any], Parsed]
    """Reads one `Raw` (locations, tariffs) or one row (statuses: any tuple whose first item is the EVSE's id)."""
    records: Sequence[Any]
    """`Raw` for locations and tariffs; tuples (`StatusRow` or plain, same layout) for statuses."""
    complete: bool = False
    """True where everything in `scope` is in it, so that what is absent is missing."""
    scope: Scope = Scope()
    events: bool = False
    """Statuses only: each row is an event (pushed), not a state (polled); events are all kept in history."""
    unchanged: Collection[str] = ()
    """Keys that are there and known to be identical to the last batch (their page did not change): not in `records`."""
    seen: Collection[str] = ()
    """Keys that were there but could not even become a `Raw`: not missing."""
    problems: Sequence[Problem] = ()
    cursor: str | None = None
    """Kept by the registry once the batch is applied and handed to the next `fetch`; None leaves it as it was."""
    deleted: Collection[str] = ()
    """Keys the source explicitly withdrew."""
    rules: str = ""
    """What else decides how `parse` reads a record (OCPI version, settings): where it changes, all are read anew."""
