"""Session and CDR carry what was charged, and nobody's traces."""

from __future__ import annotations

import json
from pathlib import Path

from app.model.session import CDR, Session

DATA = Path(__file__).parent.parent / "data" / "tariffs"
TRACES = ("cdr_token", "auth_method", "authorization_reference", "signed_data", "remark", "TRACE")


def test_a_cdr_is_read_without_what_leads_to_a_person() -> None:
    cdr = CDR.model_validate(json.loads((DATA / "cdr.json").read_text()))
    assert cdr.total_cost.after_taxes is not None
    assert not [trace for trace in TRACES if trace in cdr.model_dump_json()]


def test_a_session_is_read_without_what_leads_to_a_person() -> None:
    session = Session.model_validate(json.loads((DATA / "session.json").read_text()))
    assert session.kwh == 8
    assert not [trace for trace in TRACES if trace in session.model_dump_json()]
