"""The columns of AFDC's station file, in its order, and its code lists (documentation of December 2025).

Those of other fuels are there, and empty, so that whoever reads AFDC's own file reads ours. The last four have no column in it,
and stand for fields of its API: `funding_sources` and `ev_network_ids`.
"""

from __future__ import annotations

from importlib.resources import files

from app.model.connector import PaymentMeans
from app.model.enums import Capability, ConnectorType

COLUMNS = tuple((files("app.formats.nevi") / "afdc-columns.txt").read_text("utf-8").splitlines())
_T = ConnectorType
CONNECTORS: dict[str, str] = {
    _T.IEC_62196_T1: "J1772",
    _T.IEC_62196_T1_COMBO: "J1772COMBO",
    _T.CHADEMO: "CHADEMO",
    _T.TESLA_S: "TESLA",
    _T.TESLA_R: "TESLA",
    _T.SAE_J3400: "TESLA",
    _T.MCS: "J3271",
    _T.DOMESTIC_B: "NEMA515",
    _T.NEMA_5_20: "NEMA520",
    _T.NEMA_14_50: "NEMA1450",
}
"""That J3400 still goes by the code TESLA, and MCS by J3271, is not verified."""
CARDS: dict[str, str] = {
    Capability.CREDIT_CARD_PAYABLE: "CREDIT",
    Capability.DEBIT_CARD_PAYABLE: "Debit",
    PaymentMeans.CASH: "Cash",
}
BRANDS = {
    "american express": "A",
    "amex": "A",
    "discover": "D",
    "mastercard": "M",
    "visa": "V",
    "apple pay": "APPLE_PAY",
    "android pay": "ANDROID_PAY",
    "google pay": "ANDROID_PAY",
}
"""Brand in small letters → code."""
