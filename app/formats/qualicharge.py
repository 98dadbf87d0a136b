"""What QualiCharge takes (API 0.33): `statique` and `status` objects of a location, one per charge point.

They are the rows of France's files under stricter rules; numbers are QualiCharge's own. A batch is refused whole for one point
that breaks a rule or is not known there, so such a point is left out here, with a loss that says why.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from app.clock import from_millis
from app.formats.base import Context
from app.formats.irve.columns import STATIC
from app.formats.irve.dynamique import dynamic_values
from app.formats.irve.france import latest_day
from app.formats.irve.lint_row import is_luhn
from app.formats.irve.static_rows import StaticRow, lacking, static_rows
from app.formats.price_text import PriceText
from app.formats.told import Told
from app.model.enums import Status
from app.model.loss import Loss

Object = dict[str, Any]

_ASKED_BESIDE = (
    "nom_amenageur",
    "siren_amenageur",
    "contact_amenageur",
    "nom_operateur",
    "telephone_operateur",
    "code_insee_commune",
    "raccordement",
)
"""Required here and optional in the file."""
_LEAST_KW, _MOST_KW = Decimal("1.3"), Decimal(4000)
_MOST_POINTS = 50
_BLOCKED = Loss("evses[].status", "a point that is blocked does not charge: said as inconnu", Status.BLOCKED.value)


@dataclass(frozen=True, slots=True)
class Objects:
    objects: tuple[Object, ...]
    """In the order of stations and EVSEs."""
    losses: tuple[Loss, ...]


def statiques(body: Mapping[str, Any], context: Context, told: Told[PriceText] | None = None) -> Objects:
    """For `POST /statique/bulk`. `told` says prices in words."""
    taken, losses = _points(body, context, told)
    return Objects(tuple(_statique(row) for row in taken), tuple(losses))


def statuses(body: Mapping[str, Any], context: Context) -> Objects:
    """For `POST /dynamique/status/bulk`: of the points that `statiques` has."""
    taken, losses = _points(body, context)
    zone = ZoneInfo(body["time_zone"])
    if any(row.point.get("status") == Status.BLOCKED for row in taken):
        losses[_BLOCKED] = None
    return Objects(tuple(_status(row, zone) for row in taken), tuple(losses))


def unit_of(item: Object) -> str:
    """The operational unit (AFIREV, `FRABC`) of a static or status object: an account speaks for some of them."""
    return str(item["id_pdc_itinerance"][:5])


def _points(
    body: Mapping[str, Any], context: Context, told: Told[PriceText] | None = None
) -> tuple[list[StaticRow], dict[Loss, None]]:
    losses: dict[Loss, None] = {}
    taken = []
    for row in static_rows(body, context, told):
        broken = [*row.losses, *_broken(row.values, context)]
        losses |= dict.fromkeys(broken)
        if row.valid and len(broken) == len(row.losses):
            taken.append(row)
    return taken, losses


def _broken(row: Mapping[str, Any], context: Context) -> Iterator[Loss]:
    for name in _ASKED_BESIDE:
        if row[name] is None:
            yield lacking(STATIC.by_name[name], "QualiCharge")
    for name, (rule, holds) in _RULES.items():
        if row[name] is not None and not holds(row[name]):
            yield Loss(
                STATIC.by_name[name].path, f"{name} breaks QualiCharge's rule ({rule}): point left out", str(row[name])
            )
    is_direct = row["prise_type_combo_ccs"] or row["prise_type_chademo"]
    if is_direct and row["raccordement"] == "Direct" and row["num_pdl"] is None:  # 20
        yield lacking(STATIC.by_name["num_pdl"], "QualiCharge")
    if (row["date_mise_en_service"] or "") > latest_day(from_millis(context.at)).isoformat():
        path = STATIC.by_name["date_mise_en_service"].path
        yield Loss(path, "date_mise_en_service lies in the future: point left out", row["date_mise_en_service"])


_RULES: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "id_station_itinerance": (
        "23: FR, operator, P…",
        lambda id_: re.fullmatch(r"FR[A-Z0-9]{3}P[A-Z0-9]{1,29}", id_) is not None,
    ),
    "id_pdc_itinerance": (
        "24: FR, operator, E…",
        lambda id_: re.fullmatch(r"FR[A-Z0-9]{3}E[A-Z0-9]{1,29}", id_) is not None,
    ),
    "siren_amenageur": ("55: check digit", is_luhn),
    "puissance_nominale": ("1, 39: 1.3 to 4000 kW", lambda power: _LEAST_KW <= power <= _MOST_KW),
    "nbre_pdc": ("30: fewer than 50 points", lambda count: count < _MOST_POINTS),
    "restriction_gabarit": ("2 characters", lambda text: len(text) > 1),
}


def _statique(row: StaticRow) -> Object:
    """JSON values; what is not known is left out, but for `num_pdl`, which is asked for even as null."""
    said = {name: row.values[name] for name in STATIC.names if row.values[name] is not None}
    said["puissance_nominale"] = float(said["puissance_nominale"])
    return said | {"num_pdl": row.values["num_pdl"]}


def _status(row: StaticRow, zone: ZoneInfo) -> Object:
    said = {name: value for name, value in dynamic_values(row, zone).items() if value is not None}
    if row.point.get("status") == Status.BLOCKED:
        said["occupation_pdc"] = "inconnu"  # `occupe` is tied to a session (22)
    return said
