"""Stations and points in the shape of the public API of E-Control, Austria's register (`api.e-control.at/charge/1.0`).

Unverified: built from the public description. What the register takes in is described at registration only; this is the shape in
which it gives out the same facts.
"""

from app.formats.econtrol.point import status
from app.formats.econtrol.station import station

__all__ = ["station", "status"]
