"""Every publication is valid by the official schemas, and where there is none by one derived from the XSD."""

from __future__ import annotations

import pytest

from app.clock import format_time
from app.formats.base import Context, format_named
from tests.formats.datex2.documents import needs_samples
from tests.formats.datex2.publications import ENVELOPE, NAMES, STATUSES, document, errors
from tests.objects import location
from tests.publish.backend import AT, demo_locations, demo_tariffs, dressed

pytestmark = needs_samples
STAMP = {"last_updated": format_time(AT - 86_400_000)}


@pytest.mark.parametrize("name", NAMES)
def test_a_location_with_everything_is_valid(name):
    assert not errors(name, document(name, [location()]))


@pytest.mark.parametrize("name", NAMES)
def test_the_demo_network_is_valid(name):
    form, context = format_named(name), Context(AT, {one["id"]: one | STAMP for one in demo_tariffs()})
    parts = [form.location(dressed(body), context).body for body in demo_locations(40)]
    assert len([part for part in parts if part]) > 30
    body = form.prefix(ENVELOPE) + form.separator.join(filter(None, parts)) + form.suffix(ENVELOPE)
    assert not errors(name, body)


@pytest.mark.parametrize("name", STATUSES)
def test_a_status_publication_without_sites_is_valid(name):
    assert not errors(name, document(name, []))


@pytest.mark.parametrize("name", NAMES)
def test_a_publisher_of_whom_nothing_is_told_is_said_to_be_unknown(name):
    form = format_named(name)
    nobody = type(ENVELOPE)(AT)
    body = form.prefix(nobody) + (form.location(location(), Context(AT, {})).body or b"") + form.suffix(nobody)
    assert b"unknown" in body
    assert not errors(name, body)
