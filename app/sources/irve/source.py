"""The two files as batches."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from app.clock import Millis, from_millis
from app.formats.irve.dynamic_file import read_dynamic
from app.formats.irve.static_file import read_static
from app.model.batch import Kind
from app.sources.file_pair import Contents, FilePairSource
from app.sources.irve.settings import IrveSettings


class IrveSource(FilePairSource):
    type = "irve"
    Settings = IrveSettings
    settings: IrveSettings
    media_types = "text/csv, */*;q=0.5"

    def places(self) -> Mapping[Kind, str | Path | None]:
        return {Kind.LOCATIONS: self.settings.static, Kind.STATUSES: self.settings.dynamic}

    def contents(self, kind: Kind, data: bytes, name: str, now: Millis) -> Contents:
        if kind is Kind.STATUSES:
            lines = read_dynamic(data, name)
            return Contents(lines.rows, lines.parse, [defect.problem(name) for defect in lines.defects], lines.whole)
        owner = {"country_code": self.settings.country_code, "party_id": self.settings.party_id}
        found = read_static(data, name, from_millis(now), **owner)
        problems = [defect.problem(name) for defect in found.defects]
        return Contents(found.raws, found.parse, problems, not found.nameless)
