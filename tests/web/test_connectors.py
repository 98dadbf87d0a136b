"""Every connector type has a name that drivers use."""

from __future__ import annotations

from app.model.enums import ConnectorType
from app.web.connectors import connector_name


def test_no_type_of_ocpi_is_called_by_its_code():
    names = {one.value: str(connector_name(one)) for one in ConnectorType}
    assert [code for code, name in names.items() if name == code.replace("_", " ")] == ["MCS"]
    assert len(set(names.values())) == len(names)


def test_names_are_those_on_the_plug():
    assert connector_name("IEC_62196_T2_COMBO") == "CCS (Combo 2)"
    assert connector_name("DOMESTIC_F") == "Schuko (household socket F)"
    assert connector_name("DOMESTIC_E") == "household socket E"
    assert connector_name("NEMA_14_50") == "NEMA 14-50"
    assert connector_name("OWN_PLUG") == "OWN PLUG"
