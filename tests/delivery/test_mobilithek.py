"""Pushing to Mobilithek: over mutual TLS, in order, and without loss."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson
import pytest

from app.clock import ManualClock
from app.delivery.mobilithek.destination import Mobilithek
from app.delivery.mobilithek.settings import MobilithekSettings
from app.delivery.mobilithek.wording import Wording
from app.errors import ConfigError, DestinationRefused
from app.http.certificate import Certificate
from app.publish.judge import Judge
from app.registry.apply import Registry
from tests.certificates import LONG_AGO, Authority
from tests.delivery.conftest import Post
from tests.delivery.plain_wording import DYNAMIC, STATIC, Plain, public, reconstructed, sequence
from tests.mobilithek_server import Broker, Reply
from tests.registry.backend import Backend, connector, evse, location, tariff

LATER = 3600


@dataclass
class Keys:
    folder: Path
    authority: Authority

    def machine(self) -> Path:
        return self.authority.issue("machine.abc.example").write(self.folder / "machine.pem")


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path, Authority("Mobilithek CA"))


@pytest.fixture
def broker(keys: Keys) -> Iterator[Broker]:
    with Broker(keys.authority, keys.authority.issue("mobilithek.example"), keys.folder) as broker:
        yield broker


Make = Callable[..., Post]


@pytest.fixture
def post(registry: Registry, clock: ManualClock, keys: Keys, broker: Broker) -> Make:
    """Makes one that pushes to the broker; arguments are settings."""
    return partial(make_post, registry, clock, keys, broker, Plain())


def make_post(
    registry: Registry,
    clock: ManualClock,
    keys: Keys,
    broker: Broker,
    wording: Wording,
    judge: Judge | None = None,
    **settings: Any,
) -> Post:
    (keys.folder / "ca.pem").write_bytes(keys.authority.pem())
    given = {
        "name": "mobilithek",
        "url": broker.url,
        "static_publication": STATIC,
        "dynamic_publication": DYNAMIC,
        "certificate": keys.machine(),
        "ca_file": keys.folder / "ca.pem",
        "delta_every": 0,
        "timeout": 2,
        **settings,
    }
    return Post(registry, Mobilithek(MobilithekSettings.model_validate(given), clock, wording), judge=judge)


@pytest.fixture
def site(backend: Backend, clock: ManualClock) -> Backend:
    """Two points at L1, one at L2; after it the clock has moved."""
    backend.locations(location("L1", evse("E1"), evse("E2")), location("L2", evse("E3")))
    clock.advance(seconds=60)
    return backend


def charging(site: Backend, *points: str, status: str = "CHARGING") -> None:
    site.clock.advance(seconds=1)
    site.statuses(*((f"DE*ABC*{point}", status) for point in points), complete=False)


# what is sent


def test_the_table_goes_first_then_the_whole_state_then_just_the_changed_points(post: Make, broker: Broker, site):
    one = post()
    one.go()
    charging(site, "E2")
    one.go()
    one.go()
    assert sequence(broker.taken) == ["static", "snapshot", "delta"]
    (changed,) = orjson.loads(broker.taken[-1].body)["delta"]
    assert (changed["id"], [point["uid"] for point in changed["evses"]]) == ("L1", ["E2"])
    assert reconstructed(broker.taken) == public(site.registry)
    assert (one.state.word, one.standing.due) == ("ok", 0)


def test_a_static_change_sends_the_table_anew_before_what_refers_to_it(post: Make, broker: Broker, site):
    one = post()
    one.go()
    site.locations(location("L1", evse("E1"), evse("E2")), location("L2", evse("E3"), name="Markt"))
    one.go()
    assert sequence(broker.taken) == ["static", "snapshot"] * 2
    assert reconstructed(broker.taken) == public(site.registry)


def test_a_price_change_sends_the_table_anew(post: Make, broker: Broker, backend: Backend, clock: ManualClock):
    backend.tariffs(tariff("T1"))
    backend.locations(location("L1", evse("E1", connector(tariff_ids=["T1"]))))
    one = post()
    one.go()
    clock.advance(seconds=60)
    backend.tariffs(tariff("T1", currency="SEK"))
    one.go()
    assert sequence(broker.taken) == ["static", "snapshot"] * 2


def test_a_site_that_is_gone_is_told_by_a_snapshot(post: Make, broker: Broker, site):
    one = post()
    one.go()
    site.locations(location("L1", evse("E1"), evse("E2")), location("L2", evse("E3"), publish=False))
    one.go()
    assert sequence(broker.taken)[-1] == "snapshot"
    assert reconstructed(broker.taken) == public(site.registry) == {"L1": {"E1": "AVAILABLE", "E2": "AVAILABLE"}}


def test_the_state_is_sent_whole_after_six_hours_and_the_table_is_not(post: Make, broker: Broker, site, clock):
    one = post()
    one.go()
    clock.advance(seconds=6 * 3600)
    one.go()
    assert sequence(broker.taken) == ["static", "snapshot", "snapshot"]


def test_the_state_is_sent_whole_after_so_many_deltas(post: Make, broker: Broker, site):
    one = post(snapshot_after=2)
    one.go()
    for status in ("CHARGING", "AVAILABLE", "CHARGING"):
        charging(site, "E1", status=status)
        one.go()
    assert sequence(broker.taken) == ["static", "snapshot", "delta", "delta", "snapshot", "delta"]
    assert reconstructed(broker.taken) == public(site.registry)


def test_the_limits_are_those_of_mobilithek(keys: Keys):
    limits = MobilithekSettings(name="m", static_publication="1", dynamic_publication="2", certificate=keys.machine())
    assert (limits.delta_every, limits.snapshot_after, limits.snapshot_every) == (1, 3500, 6 * 3600)


def test_deltas_keep_their_distance_and_what_comes_between_is_one(post: Make, broker: Broker, site):
    one = post(delta_every=1)
    one.go()
    for points in (["E1"], ["E2", "E3"]):
        for point in points:
            charging(site, point)
            one.go()
        while one.standing.due:
            one.go()
    assert sequence(broker.taken) == ["static", "snapshot", "delta", "delta"]
    times = [document.at for document in broker.taken[1:]]
    assert all(later - earlier > 0.99 for earlier, later in pairwise(times))
    assert reconstructed(broker.taken) == public(site.registry)


@pytest.mark.parametrize("compressed", [True, False])
def test_documents_say_what_they_are(post: Make, broker: Broker, site, compressed):
    post(gzip=compressed).go()
    for document in broker.taken:
        assert document.headers["Content-Type"] == "application/json"
        assert ("Content-Encoding" in document.headers) is compressed
        assert int(document.headers["Content-Length"])


# answers and outages


def test_what_changed_in_an_outage_is_told_after_it(post: Make, broker: Broker, site, clock: ManualClock, keys: Keys):
    one = post()
    one.go()
    broker.__exit__()
    charging(site, "E1")
    one.go()
    assert one.state.word == "retrying"
    charging(site, "E2", "E3")
    charging(site, "E1", status="AVAILABLE")
    clock.advance(seconds=LATER)
    with broker:
        one.go()
    assert sequence(broker.taken) == ["static", "snapshot", "snapshot"]
    assert reconstructed(broker.taken) == public(site.registry)
    assert (one.state.word, one.standing.due) == ("ok", 0)


@pytest.mark.parametrize(
    ("reply", "word", "told", "next_"),
    [
        (Reply(503, headers={"Retry-After": "7"}), "retrying", "503", "delta"),
        (Reply(429, headers={"Retry-After": "7"}), "retrying", "429", "delta"),
        (Reply(500, b"oops"), "retrying", "oops", "snapshot"),
        (Reply(200, b'{"status": "ERROR", "message": "no table"}'), "retrying", "inside: no table", "snapshot"),
        (Reply(400, b'{"message": "no DATEX II"}'), "refused", "no DATEX II", "snapshot"),
        (Reply(401), "refused", "CN=machine.abc.example, valid until 2099-06-01", "snapshot"),
        (Reply(413), "refused", "largest_delta", "snapshot"),
        (Reply(delay=1.5, takes=True), "retrying", "no whole answer within 1 s", "snapshot"),
    ],
    ids=["503", "429", "500", "error in a 200", "400", "401", "413", "slow"],
)
def test_a_delta_that_did_not_arrive_is_made_good(post: Make, broker: Broker, site, clock, reply, word, told, next_):
    one = post(timeout=1)
    one.go()
    broker.replies.append(reply)
    charging(site, "E1")
    one.go()
    assert one.state.word == word
    assert told in (one.state.error or "")
    clock.advance(seconds=6)
    waiting = broker.asked
    if reply.headers:
        one.go()
        assert broker.asked == waiting
    clock.advance(seconds=LATER)
    one.go()
    assert sequence(broker.taken)[-1] == next_
    assert reconstructed(broker.taken) == public(site.registry)
    assert (one.state.word, one.standing.due) == ("ok", 0)


def test_a_snapshot_that_failed_does_not_send_its_table_twice(post: Make, broker: Broker, site, clock):
    one = post()
    broker.replies += [Reply(), Reply(503)]
    one.go()
    charging(site, "E1")
    clock.advance(seconds=LATER)
    one.go()
    assert sequence(broker.taken) == ["static", "snapshot"]
    assert reconstructed(broker.taken) == public(site.registry)


def test_a_new_worker_begins_with_everything(post: Make, broker: Broker, site):
    post().go()
    charging(site, "E1")
    post().go()
    assert sequence(broker.taken) == ["static", "snapshot"] * 2
    assert reconstructed(broker.taken) == public(site.registry)


# certificates


def test_pkcs12_opens_the_door_and_check_says_until_when(post: Make, keys: Keys, broker: Broker):
    path = keys.folder / "machine.p12"
    path.write_bytes(keys.authority.issue("machine").p12(b"1234"))
    said = post(certificate=path, password="1234").destination.check()
    assert "HTTP 405" in said
    assert "CN=machine, valid until 2099-06-01" in said
    assert broker.taken == []


def test_an_encrypted_key_beside_the_certificate_will_do(keys: Keys):
    ours = keys.authority.issue("machine")
    (keys.folder / "c.pem").write_bytes(ours.pem())
    (keys.folder / "k.pem").write_bytes(ours.key_pem(b"1234"))
    settings = {"name": "m", "static_publication": "1", "dynamic_publication": "2", "password": "1234"}
    given = MobilithekSettings(**settings, certificate=keys.folder / "c.pem", key=keys.folder / "k.pem")
    assert str(Certificate(given.certificate, given.key, given.password)) == "CN=machine, valid until 2099-06-01"


@pytest.mark.parametrize("content", [None, b"", b"-----BEGIN nonsense", b"\x30\x82"])
def test_a_certificate_that_cannot_be_read_is_named(keys: Keys, content):
    path = keys.folder / "machine.p12"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError) as raised:
        Certificate(path)
    assert str(path) in str(raised.value)


def test_our_expired_certificate_is_named_with_its_date_and_nobody_is_asked(post: Make, keys: Keys, broker, site):
    path = keys.authority.issue("machine", LONG_AGO).write(keys.folder / "old.pem")
    one = post(certificate=path)
    one.go()
    assert one.state.word == "refused"
    assert "our certificate has expired: CN=machine, valid until 2025-06-01" in (one.state.error or "")
    assert broker.asked == 0


def test_a_certificate_that_mobilithek_does_not_know_is_named_with_its_reason(post: Make, keys: Keys, site):
    path = Authority("Other CA").issue("stranger").write(keys.folder / "strange.pem")
    one = post(certificate=path)
    one.go()
    assert one.state.word == "refused"
    assert "refuses our certificate" in (one.state.error or "")
    assert "unknown ca" in (one.state.error or "")
    assert "CN=stranger" in (one.state.error or "")
    with pytest.raises(DestinationRefused):
        one.destination.check()


def test_an_expired_certificate_of_the_server_is_named_with_its_date(post: Make, keys: Keys, broker: Broker, site):
    broker.__exit__()
    broker.shown = keys.authority.issue("mobilithek.example", LONG_AGO)
    with broker:
        one = post()
        one.go()
    assert one.state.word == "retrying"
    assert "its certificate (CN=mobilithek.example) expired on 2025-06-01" in (one.state.error or "")
    assert broker.taken == []


def test_a_server_of_an_authority_that_is_not_ours_learns_nothing(post: Make, keys: Keys, broker: Broker, site):
    broker.__exit__()
    broker.shown = Authority("Somebody").issue("mobilithek.example")
    with broker:
        one = post()
        one.go()
    assert "certificate verify failed" in (one.state.error or "").lower()
    assert broker.asked == 0
