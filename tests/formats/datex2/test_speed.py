"""What the table and the status publication of 200,000 EVSEs take, told from 2,000."""

from __future__ import annotations

import sys
import time

import pytest

from app.clock import format_time
from app.formats.base import Context, format_named
from tests.formats.datex2.publications import NAMES
from tests.publish.backend import AT, demo_locations, demo_tariffs, dressed

EVSES = 200_000
LOCATIONS = 450


@pytest.mark.bench
def test_how_long_200_000_evses_take(record_property):
    stamp = {"last_updated": format_time(AT - 86_400_000)}
    context = Context(AT, {one["id"]: one | stamp for one in demo_tariffs()})
    bodies = [dressed(body) for body in demo_locations(LOCATIONS)]
    evses = sum(len(body["evses"]) for body in bodies)
    for name in NAMES:
        form = format_named(name)
        begin = time.process_time()
        size = sum(len(form.location(body, context).body or b"") for body in bodies)
        factor = EVSES / evses
        told = f"{(time.process_time() - begin) * factor:.0f} s, {size * factor / 1e6:.0f} MB"
        record_property(name, told)
        sys.stdout.write(f"{name}: {told}\n")
