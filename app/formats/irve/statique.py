"""Format `irve-statique`: France's static file, a row per charge point."""

from __future__ import annotations

from typing import Any, ClassVar

from app.formats.base import Address, Cadence, Context, Rendered, register
from app.formats.irve.columns import STATIC, Layout
from app.formats.irve.file import IrveFile
from app.formats.irve.france import TERRITORIES
from app.formats.irve.losses import unsaid
from app.formats.irve.static_rows import StaticRow, static_rows
from app.formats.irve.tarification import tarification
from app.formats.irve.writing import rows
from app.formats.told import Told
from app.model.batch import Kind
from app.model.loss import Loss

_PRICE = Loss("evses[].connectors[].tariff_ids", "the price is not said in words: tarification left empty")


@register
class Statique(IrveFile):
    name = standard = "irve-statique"
    layout: ClassVar[Layout] = STATIC
    addresses = (Address("irve/statique.csv", Kind.SITES, "IRVE, static", Cadence.STATIC, TERRITORIES),)

    def __init__(self) -> None:
        self._told = Told(tarification)

    def location(self, body: dict[str, Any], context: Context) -> Rendered:
        found = list(static_rows(body, context, self._told))
        losses = dict.fromkeys(loss for row in found for loss in row.losses)
        losses |= dict.fromkeys(unsaid(body))
        if context.tariffs and any(_is_priceless(row) for row in found):
            losses[_PRICE] = None
        written = rows(STATIC, (row.values for row in found if row.valid))
        return Rendered(written or None, tuple(losses))


def _is_priceless(row: StaticRow) -> bool:
    return row.valid and not row.values["tarification"]
