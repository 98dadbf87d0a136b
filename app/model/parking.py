"""OCPI Parking: bays, or kerbside limits where no bay is marked (2.3.0)."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from app.model.enums import ParkingDirection, VehicleType
from app.model.place import Image
from app.model.types import Bool, Ci, Model, Number, Open, Text

Size = Annotated[Decimal, Number()]


class Parking(Model):
    id: Annotated[str, Ci(36)]
    """Unique within the Location."""
    physical_reference: Annotated[str, Text(12)] | None = None
    vehicle_types: Annotated[list[Annotated[str, Open(VehicleType)]], Field(min_length=1)]
    max_vehicle_weight: Size | None = None
    """Kilogrammes; lengths below are centimetres."""
    max_vehicle_height: Size | None = None
    max_vehicle_length: Size | None = None
    max_vehicle_width: Size | None = None
    parking_space_length: Size | None = None
    parking_space_width: Size | None = None
    dangerous_goods_allowed: Bool | None = None
    direction: ParkingDirection | None = None
    drive_through: Bool | None = None
    restricted_to_type: Bool
    reservation_required: Bool
    time_limit: Annotated[Decimal, Number()] | None = None
    """Minutes."""
    roofed: Bool | None = None
    images: list[Image] = []
    lighting: Bool | None = None
    refrigeration_outlet: Bool | None = None
    standards: list[Annotated[str, Ci(36)]] = []
    apds_reference: Annotated[str, Ci(None)] | None = None
