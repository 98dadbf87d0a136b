"""What is pushed: just the changed points, or all."""

from __future__ import annotations

import sys
import time

import pytest
from lxml import etree

from app.formats.base import Context
from app.formats.datex2.dialect import DIALECTS, GERMAN, JSON, V37, XML
from app.formats.datex2.messages import Changed, delta, snapshot
from tests.formats.datex2.documents import needs_samples
from tests.formats.datex2.publications import AT, ENVELOPE, document, errors, found, tariffs
from tests.objects import changed, location

NOW = Context(AT, tariffs())
TWO = [location(), location() | {"id": "LOC-2"}]
FORMATS = [(dialect, encoding) for dialect in DIALECTS for encoding in dialect.encodings]
MEMBERS = ("energyInfrastructureSiteStatus", "energyInfrastructureStationStatus", "refillPointStatus")


def name_of(dialect, encoding):
    return f"datex2-{dialect.profile}-status-{encoding}"


def points(body: bytes) -> list[dict]:
    return [point for one in found(body, "refillPointStatus") for point in one.values()]


@pytest.mark.parametrize(("dialect", "encoding"), FORMATS)
@needs_samples
def test_a_delta_has_the_changed_points_alone_and_is_valid(dialect, encoding):
    message = delta(dialect, encoding, [Changed(TWO[0], NOW, ["evse-2"]), Changed(TWO[1], NOW, ["EVSE-1"])], ENVELOPE)
    assert not errors(name_of(dialect, encoding), message.body)
    for id_, times in (("LOC-1*E*evse-2", 1), ("LOC-2*E*evse-1", 1), ("LOC-1*E*evse-1", 0), ("LOC-2*E*evse-2", 0)):
        assert message.body.count(f'"DE*ABC*{id_}"'.encode()) == times
    if not dialect.bare_status:
        assert b"deltaPush" in message.body


def test_a_changed_point_is_said_as_in_the_snapshot():
    whole = b"".join(snapshot(GERMAN, JSON, [(TWO[0], NOW)], ENVELOPE))
    for uid in ("evse-1", "evse-2"):
        (one,) = points(delta(GERMAN, JSON, [Changed(TWO[0], NOW, [uid])], ENVELOPE).body)
        assert one in points(whole)


def test_the_ad_hoc_price_is_in_every_message():
    body = delta(V37, JSON, [Changed(TWO[0], NOW, ["evse-1"])], ENVELOPE).body
    rates = [one["energyRateReference"]["idG"] for one in found(body, "energyRateUpdate")]
    assert rates == ["DE*ABC*LOC-1*S*S1*adhoc*emv", "DE*ABC*LOC-1*S*S1*web*website"]
    assert [one["value"] for one in found(body, "energyPrice") if one["priceType"]["value"] == "pricePerKWh"] == [
        0.59,
        0.49,
    ]


@pytest.mark.parametrize(("status", "said"), [("REMOVED", "removed"), ("PLANNED", "planned")])
def test_a_point_that_is_out_of_service_is_said_to_be_so(status, said):
    body = changed(location(), "evses[1].status", status)
    (point,) = points(delta(GERMAN, JSON, [Changed(body, NOW, ["evse-2"])], ENVELOPE).body)
    assert point["status"] == {"value": said}
    assert len(points(b"".join(snapshot(GERMAN, JSON, [(body, NOW)], ENVELOPE)))) == 1


@pytest.mark.parametrize("encoding", [XML, JSON])
@needs_samples
def test_a_delta_of_nothing_is_valid(encoding):
    assert not errors(name_of(V37, encoding), delta(V37, encoding, [], ENVELOPE).body)


@pytest.mark.parametrize(("dialect", "encoding"), FORMATS)
@needs_samples
def test_a_snapshot_to_push_is_the_one_to_pull_but_for_how_it_is_exchanged(dialect, encoding):
    pushed = b"".join(snapshot(dialect, encoding, [(body, NOW) for body in TWO], ENVELOPE))
    assert not errors(name_of(dialect, encoding), pushed)
    assert pushed.replace(b"snapshotPush", b"snapshotPull") == document(name_of(dialect, encoding), TWO)


def test_a_delta_in_xml_nests_each_point_in_its_station_and_site():
    root = etree.fromstring(delta(V37, XML, [Changed(TWO[0], NOW, ["evse-2"])], ENVELOPE).body)
    assert [len(list(root.iter(f"{{*}}{member}"))) for member in MEMBERS] == [1, 1, 1]


@pytest.mark.bench
def test_how_long_one_change_takes_in_every_dialect(record_property):
    begin = time.process_time()
    for dialect, encoding in FORMATS:
        delta(dialect, encoding, [Changed(TWO[0], NOW, ["evse-2"])], ENVELOPE)
    spent = (time.process_time() - begin) * 1000
    record_property("milliseconds", round(spent, 1))
    sys.stdout.write(f"one change in {len(FORMATS)} forms: {spent:.1f} ms\n")
