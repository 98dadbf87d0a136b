"""Sessions and CDRs between OCPI 2.2.1 and 2.3.0: prices, types of tokens and of connectors, and the tariffs within a CDR.

2.2.1 says a price without and with VAT, 2.3.0 without, and each tax by itself. Everything else is the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from app.formats.base import Context
from app.formats.ocpi.downgrade import downgrade
from app.formats.ocpi.upgrade import upgrade, with_tax_basis
from app.formats.ocpi.versions import TO_221, V221, V230
from app.model.loss import Loss
from app.model.tariff import Tariff

Body = dict[str, Any]

VAT = "VAT"
_TOKEN_TYPES = TO_221.instead["TokenType"]
_CONNECTOR_TYPES = TO_221.instead["ConnectorType"]


def upgraded(body: Mapping[str, Any], version: str) -> Body:
    """As 2.3.0 says it, without nulls."""
    said = {name: value for name, value in body.items() if value is not None}
    if version == V230:
        return said
    new = {name: _with_taxes(value) for name, value in said.items()}
    if isinstance(new.get("tariffs"), list):
        new["tariffs"] = [_tariff_of(tariff, version) for tariff in new["tariffs"]]
    return new


def downgraded(body: Mapping[str, Any], version: str, at: int) -> tuple[Body, tuple[Loss, ...]]:
    """Of 2.3.0, as `version` says it, and what was lost."""
    if version == V230:
        return dict(body), ()
    old = {name: _with_vat(value) for name, value in body.items()}
    for part, field, instead in (
        ("cdr_token", "type", _TOKEN_TYPES),
        ("cdr_location", "connector_standard", _CONNECTOR_TYPES),
    ):
        said = old.get(part)
        if isinstance(said, dict) and said.get(field) in instead:
            old[part] = {**said, field: instead[said[field]]}
    losses: list[Loss] = []
    if "tariffs" in old:
        told = [downgrade(tariff, Tariff, V221, Context(at, {})) for tariff in old["tariffs"]]
        old["tariffs"] = [tariff for tariff, _ in told if tariff is not None]
        losses += [loss for _, lost in told for loss in lost]
    return old, tuple(losses)


def _with_taxes(value: Any) -> Any:
    if not isinstance(value, dict) or "excl_vat" not in value:
        return value
    price: Body = {"before_taxes": value["excl_vat"]}
    gross, net = value.get("incl_vat"), value["excl_vat"]
    if isinstance(gross, int | float) and isinstance(net, int | float):
        price["taxes"] = [{"name": VAT, "amount": float(Decimal(str(gross)) - Decimal(str(net)))}]
    return price


def _with_vat(value: Any) -> Any:
    if not isinstance(value, dict) or "before_taxes" not in value:
        return value
    price: Body = {"excl_vat": value["before_taxes"]}
    if value.get("taxes"):
        amounts = (Decimal(str(tax["amount"])) for tax in value["taxes"])
        price["incl_vat"] = float(sum(amounts, Decimal(str(value["before_taxes"]))))
    return price


def _tariff_of(tariff: Any, version: str) -> Any:
    return with_tax_basis(upgrade(tariff, Tariff, version), version) if isinstance(tariff, dict) else tariff
