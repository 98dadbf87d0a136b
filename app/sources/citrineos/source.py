"""Reading CitrineOS, by SQL or by GraphQL."""

from __future__ import annotations

from app.clock import Clock, Millis
from app.model.batch import PULLED, Kind
from app.sources.base import Capabilities, SourceSettings
from app.sources.citrineos.hasura import Hasura
from app.sources.citrineos.objects import locations, tariffs
from app.sources.citrineos.settings import CitrineosSettings
from app.sources.citrineos.statuses import statuses
from app.sources.citrineos.tables import Tables
from app.sources.csms import CsmsSource, Found
from app.sources.http import Transport


class CitrineosSource(CsmsSource):
    type = "citrineos"
    Settings = CitrineosSettings
    capabilities = Capabilities(frozenset(PULLED), at_hand=True)
    settings: CitrineosSettings

    def __init__(self, settings: SourceSettings, clock: Clock) -> None:
        super().__init__(settings, clock)
        by_sql = self.settings.database is not None
        self._backend = Tables(self.settings) if by_sql else Hasura(self.settings, Transport(self.settings, clock))
        self._heard: dict[str, Millis] = {}

    def read(self, kind: Kind, now: Millis) -> Found:
        objects = self._backend.read(kind)
        if kind is Kind.STATUSES:
            return statuses(objects, self.settings, now, self._heard)
        return (locations if kind is Kind.LOCATIONS else tariffs)(objects, self.settings)
