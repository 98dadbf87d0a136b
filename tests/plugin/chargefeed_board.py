"""A sample plug-in: a source of its own in a package of its own, as an outsider would write it.

It reads a board, a JSON file such as `[{"id": "P1", "place": "Market", "lat": 52.5, "lon": 13.4, "free": true}]`, with `since`
where it is known.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from app.clock import parse_time
from app.errors import SourceAnswerError, SourceUnreachable
from app.model.batch import Batch, Kind, LocationRecord, Origin, Parsed, Raw, StatusRecord
from app.model.problem import Problem
from app.sources.base import Capabilities, Source, SourceSettings


class BoardSettings(SourceSettings):
    board: Path
    """The JSON file."""


class BoardSource(Source):
    type = "board"
    Settings: ClassVar[type[SourceSettings]] = BoardSettings
    capabilities = Capabilities(frozenset({Kind.LOCATIONS}), statuses_in_locations=True)
    settings: BoardSettings

    def fetch(self, kind: Kind, cursor: str | None, *, full: bool) -> Iterator[Batch]:
        path = self.settings.board
        try:
            content = path.read_bytes()
            points = json.loads(content)
        except OSError as error:
            raise SourceUnreachable(str(error.strerror), where=str(path), remedy="Check `board`") from error
        except ValueError as error:
            raise SourceAnswerError(f"not JSON: {error}", where=str(path)) from error
        yield Batch(
            source=self.name,
            kind=kind,
            received_at=self.clock.now(),
            parse=read_point,
            records=[Raw(f"de*brd/{point['id']}".lower(), point, where=str(path)) for point in points],
            complete=True,
            cursor=hashlib.sha256(content).hexdigest(),
        )


def read_point(raw: Raw) -> Parsed:
    point = raw.body
    id_ = point["id"]
    if "lat" not in point or "lon" not in point:
        return Parsed(None, (Problem("no coordinates", record=id_, remedy="Give `lat` and `lon`"),))
    connector = {
        "id": "1",
        "standard": "IEC_62196_T2",
        "format": "SOCKET",
        "power_type": "AC_3_PHASE",
        "max_voltage": 400,
        "max_amperage": 32,
    }
    body = {
        "country_code": "DE",
        "party_id": "BRD",
        "id": id_,
        "publish": True,
        "name": point["place"],
        "address": f"{point['place']} 1",
        "city": "Musterstadt",
        "country": "DEU",
        "coordinates": {"latitude": f"{point['lat']:.6f}", "longitude": f"{point['lon']:.6f}"},
        "time_zone": "Europe/Berlin",
        "evses": [{"uid": id_, "evse_id": f"DE*BRD*E{id_}", "connectors": [connector]}],
    }
    since = parse_time(point["since"]) if point.get("since") else None
    origin = Origin.OBSERVED if since is None else Origin.BACKEND
    status = StatusRecord(id_, "AVAILABLE" if point["free"] else "CHARGING", since, origin)
    return Parsed(LocationRecord("DE", "BRD", id_, body, (status,)))
