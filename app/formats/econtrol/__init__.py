"""Stations and points in the shape of E-Control's public API (`api.e-control.at/charge/1.0`), Austria's register of charge points.

Unverified: built from the public description. What the register takes in is described at registration only; this is the shape in
which it gives out the same facts.
"""

from app.formats.econtrol.point import status
from app.formats.econtrol.station import station

__all__ = ["station", "status"]
