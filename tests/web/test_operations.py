"""`/healthz`, `/readyz` and `/metrics`."""

from __future__ import annotations

import re
import time

from prometheus_client.parser import text_string_to_metric_families

from app.clock import ManualClock, SystemClock
from app.model.batch import Kind
from app.registry.leases import Leases
from app.web.application import create_app
from app.web.site import EXTENSION


def test_healthz_lives_without_data(application):
    assert application.test_client().get("/healthz").json["status_code"] == 1000


def test_readyz_names_what_is_missing(application):
    response = application.test_client().get("/readyz")
    assert response.status_code == 503
    assert response.json["data"]["reasons"] == [
        "source 1: nothing was ever received from it",
        "publication: no snapshot was ever written",
    ]


def test_readyz_is_200_while_everything_is_fresh(network, reader):
    network.pull()
    network.snapshot()
    assert reader.get("/readyz").status_code == 200


def reasons_after(network, seconds):
    app = create_app(network.settings)
    clock = ManualClock(SystemClock().now())
    clock.advance(seconds=seconds)
    app.extensions[EXTENSION].clock = clock
    return app.test_client().get("/readyz").json.get("data", {}).get("reasons", [])


def test_readyz_fails_when_a_source_is_past_its_time_to_live(empty):
    empty.pull()
    empty.snapshot()
    assert reasons_after(empty, 800) == []
    (reason,) = reasons_after(empty, 1000)
    assert re.fullmatch(r"source 1: no news for 1\d\d\d s, its time to live is 900 s", reason)


def test_readyz_fails_when_no_worker_can_write(empty):
    empty.pull()
    empty.snapshot()
    worker = Leases(empty.registry.engine, "one", life=1)
    lease = worker.acquire("worker:one")
    time.sleep(0.01)
    (reason,) = reasons_after(empty, 0)
    assert re.match(r"no worker has written to the database for 15 s: none is at work, or it cannot be written", reason)
    worker.release(lease)
    assert reasons_after(empty, 0) == [], "it ended in good order"


def test_readyz_fails_when_changes_are_not_written(empty):
    empty.pull()
    empty.snapshot()
    uid = next(empty.source.fetch(Kind.STATUSES, None, full=True)).records[0].evse
    for status in ("CHARGING", "AVAILABLE"):
        empty.say(uid, status)
    assert reasons_after(empty, 40) == []
    (reason,) = reasons_after(empty, 70)
    assert re.match(r"publication: the snapshots are \d\d s old and stand at \d+ of \d+", reason)


def metrics(reader):
    text = reader.get("/metrics").text
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_metrics_agree_with_the_feed(reader):
    found = metrics(reader)
    locations = reader.crawl("/open/ocpi/2.3.0/locations")
    german = [location for location in locations if location["country"] == "DEU"]
    assert found["chargefeed_locations", "DEU"] == len(german)
    evses = sum(value for name, value in found.items() if name[0] == "chargefeed_evses")
    removed = [evse for location in locations for evse in location.get("evses", []) if evse["status"] == "REMOVED"]
    assert evses == sum(len(location.get("evses", [])) for location in locations) - len(removed)
    assert found["chargefeed_tariffs",] == len(reader.crawl("/open/ocpi/2.3.0/tariffs"))
    assert found["chargefeed_feed_sequence",] == reader.get("/open/changes").json()["head"]


def test_metrics_tell_how_each_source_fares(reader):
    found = metrics(reader)
    for kind in ("locations", "tariffs", "statuses"):
        assert found["chargefeed_source_success_timestamp_seconds", kind, "demo"] > 1_700_000_000
        assert 0 <= found["chargefeed_source_age_seconds", kind, "demo"] < 600
        assert found["chargefeed_source_failures", kind, "demo"] == 0
    assert found["chargefeed_source_records", "statuses", "demo"] > 100


def test_metrics_tell_how_the_ledger_fares(reader):
    found = metrics(reader)
    names = ("entries", "sealed_timestamp_seconds", "waiting_seconds", "cosignatures")
    assert {f"chargefeed_ledger_{name}" for name in names} <= {name for name, *_ in found}


def test_metrics_count_requests_by_endpoint(reader):
    def counted():
        return metrics(reader).get(("chargefeed_http_requests_total", "ocpi.objects", "GET", "200"), 0)

    before = counted()
    for _ in range(5):
        reader.get("/open/ocpi/2.2.1/tariffs")
    assert counted() == before + 5


def test_metrics_speak_openmetrics_where_asked(reader):
    response = reader.get("/metrics", Accept="application/openmetrics-text; version=1.0.0")
    assert response.headers["Content-Type"].startswith("application/openmetrics-text")
    assert response.text.endswith("# EOF\n")
