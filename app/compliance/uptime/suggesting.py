"""Outages whose own messages speak for an exclusion: offered to a person, never applied by themselves.

Codes are ChargeX's (MREC); those for a vehicle's fault and for a loss of power are candidates, not proof.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TextIO

import orjson
from sqlalchemy import Engine

from app.clock import format_time
from app.compliance.uptime.entering import COLUMNS
from app.compliance.uptime.figures import Cause, Outage
from app.registry.database import reading
from app.registry.downtime import Downtime, downtimes

MREC = {
    "CX010": (Cause.VEHICLE, "InvalidVehicleMode"),
    "CX015": (Cause.UTILITY, "PowerLoss"),
    "CX016": (Cause.VEHICLE, "EVContactorFault"),
    "CX020": (Cause.VEHICLE, "PartialInsertion"),
}
WORDS = (
    (re.compile(r"maintenance", re.IGNORECASE), Cause.MAINTENANCE),
    (re.compile(r"vandal", re.IGNORECASE), Cause.VANDALISM),
    (re.compile(r"power\s?(loss|outage|cut)|grid\s?(loss|outage)", re.IGNORECASE), Cause.UTILITY),
    (re.compile(r"EVCommunicationError|vehicle\s?fault", re.IGNORECASE), Cause.VEHICLE),
)


@dataclass(frozen=True, slots=True)
class Suggestion:
    outage: Outage
    span: Downtime
    cause: Cause
    evidence: str
    """What the charger said: `MREC CX015 PowerLoss`."""


def suggested(engine: Engine, outages: Iterable[Outage]) -> Iterator[Suggestion]:
    """Of outages nothing of which is excluded."""
    with reading(engine) as connection:
        for outage in outages:
            if outage.excluded:
                continue
            id_ = outage.port.id
            for span in downtimes(connection, [id_], outage.since, outage.until).get(id_, ()):
                if span.detail is not None and (found := _evidence(orjson.loads(span.detail))) is not None:
                    yield Suggestion(outage, span, *found)


def write_csv(suggestions: Iterable[Suggestion], file: TextIO) -> int:
    """As `exclusion import` reads it, once somebody has filled in who says so. Returns the number of rows."""
    writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
    writer.writeheader()
    number = 0
    for one in suggestions:
        number += 1
        port, outage = one.outage.port, one.outage
        since = max(one.span.since, outage.since)
        until = min(one.span.until or outage.until, outage.until)
        writer.writerow(
            {
                "port": f"{port.party}/{port.uid}",
                "since": format_time(since),
                "until": format_time(until),
                "cause": one.cause.value,
                "why": one.evidence,
            }
        )
    return number


def _evidence(detail: Mapping[str, Any]) -> tuple[Cause, str] | None:
    mrec = detail.get("mrec")
    if mrec in MREC:
        cause, name = MREC[mrec]
        return cause, f"MREC {mrec} {name}"
    for name in ("fault_code", "vendor_code", "text"):
        said = detail.get(name) or ""
        for pattern, cause in WORDS:
            if pattern.search(said):
                return cause, f"{name}: {said}"
    return None
