"""The two files as batches."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from app.clock import Millis
from app.formats.oicp.read_data import DataFile, read_data
from app.formats.oicp.read_status import read_statuses
from app.model.batch import Kind, Parsed, Raw
from app.sources.file_pair import Contents, FilePairSource
from app.sources.oicp.settings import OicpSettings
from app.sources.records import with_stations


class OicpSource(FilePairSource):
    type = "oicp"
    Settings = OicpSettings
    settings: OicpSettings
    media_types = "application/json"

    def places(self) -> Mapping[Kind, str | Path | None]:
        return {Kind.LOCATIONS: self.settings.data, Kind.STATUSES: self.settings.status}

    def contents(self, kind: Kind, data: bytes, name: str, now: Millis) -> Contents:
        if kind is Kind.STATUSES:
            lines = read_statuses(data, name)
            parse = partial(lines.parse, status_map=self.settings.status_map)
            return Contents(lines.rows, parse, lines.problems, lines.whole)
        found = read_data(data, name, country_code=self.settings.country_code, party_id=self.settings.party_id)
        return Contents(found.raws, partial(self._location, found), found.problems, found.whole)

    def _location(self, found: DataFile, raw: Raw) -> Parsed:
        return with_stations(found.parse(raw), self.settings)
