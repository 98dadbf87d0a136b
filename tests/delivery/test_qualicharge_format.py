"""What QualiCharge gets of a complete location in France: what its own schemas take."""

from __future__ import annotations

import json
from pathlib import Path

from jsonschema import Draft202012Validator

from app.clock import ManualClock
from app.registry.apply import Registry
from tests.delivery.conftest import Post
from tests.formats.irve import examples
from tests.qualicharge_server import Registry as Server
from tests.registry.backend import Backend


def test_rows_are_valid_by_its_schemas(registry: Registry, clock: ManualClock, backend: Backend, shared_data: Path):
    from app.delivery.qualicharge import QualiCharge

    backend.locations(examples.location())
    with Server() as server:
        given = {
            "name": "q",
            "url": server.url,
            "username": "abc",
            "password": "s3cret",
            "user_agent": "ABC",
            "pause": 0,
        }
        one = Post(registry, QualiCharge(QualiCharge.Settings.model_validate(given), clock))
        one.go()
    assert [line.split()[1] for line in server.lines] == ["/auth/token", "/statique/bulk", "/dynamique/status/bulk"]
    for name, rows in (("statique", server.points.values()), ("status-create", server.statuses)):
        schema = json.loads((shared_data / "irve" / "qualicharge" / f"{name}.schema.json").read_text())
        assert [error.message for row in rows for error in Draft202012Validator(schema).iter_errors(row)] == []
        assert rows
