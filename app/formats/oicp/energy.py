"""Where the electricity comes from: RenewableEnergy, EnergySource, EnvironmentalImpact."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.formats.oicp.codes import ENERGY, IMPACT
from app.formats.oicp.conversion import Record
from app.formats.oicp.saying import Said

_MOST_PERCENT, _MOST_GRAMS = 99, 99_999
_SAID = frozenset({"is_green_energy", "energy_sources", "environ_impact"})


def energy(place: Mapping[str, Any], said: Said) -> Record:
    mix = place.get("energy_mix")
    if mix is None:
        said.lose("energy_mix", "OICP requires yes or no: said as not renewable, since nobody says it is")
        return {"RenewableEnergy": False}
    said.unsaid(mix, _SAID, "energy_mix.")
    found: Record = {"RenewableEnergy": mix["is_green_energy"]}
    if sources := [one for source in mix.get("energy_sources", ()) if (one := _source(source, said))]:
        found["EnergySource"] = sources
    if impact := _impact(mix.get("environ_impact", ()), said):
        found["EnvironmentalImpact"] = impact
    return found


def _source(source: Mapping[str, Any], said: Said) -> Record | None:
    kind = ENERGY.get(source["source"])
    if kind is None:
        said.lose("energy_mix.energy_sources", "OICP has no such source: left out", source["source"])
        return None
    percent = min(_MOST_PERCENT, round(source["percentage"]))
    if percent != source["percentage"]:
        reason = f"whole numbers of at most {_MOST_PERCENT}"
        said.lose("energy_mix.energy_sources[].percentage", reason, str(source["percentage"]))
    return {"Energy": kind, "Percentage": percent}


def _impact(impacts: Any, said: Said) -> Record:
    found = {}
    for impact in impacts:
        name, amount = IMPACT.get(impact["category"]), impact["amount"]
        if name and amount <= _MOST_GRAMS:
            found[name] = amount
        else:
            said.lose("energy_mix.environ_impact", "OICP cannot say it: left out", f"{impact['category']} {amount}")
    return found
