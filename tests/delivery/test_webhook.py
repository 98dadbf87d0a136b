"""Every public change arrives, in order, whatever breaks on the way; and where it cannot, the receiver is told where to start."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from app.clock import ManualClock
from app.delivery.replay import replay
from app.delivery.signing import Message
from app.delivery.states import read_attempts, set_paused
from app.delivery.webhook import Webhook, WebhookSettings
from app.errors import DestinationUnreachable, JournalPruned
from app.registry.apply import Registry
from app.registry.database import reading, writing
from app.registry.tables import feed_head
from tests.delivery.conftest import Post
from tests.described import defects
from tests.registry.backend import Backend, evse, location, tariff
from tests.webhook_receiver import SECRET, WebhookReceiver

Make = Callable[..., Post]
SQLITE = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
"""Where nothing depends on the database."""


@pytest.fixture
def hook() -> Iterator[WebhookReceiver]:
    with WebhookReceiver() as hook:
        yield hook


@pytest.fixture
def post(registry: Registry, clock: ManualClock, hook: WebhookReceiver) -> Make:
    """Makes one that posts to the receiver, with all that was public so far told by a reset; arguments are settings."""

    def make(*, begun: bool = True, **settings: Any) -> Post:
        given = {**hook.settings, "timeout": 2, "retry_wait": 10, **settings}
        one = Post(registry, Webhook(WebhookSettings.model_validate(given), clock))
        if begun:
            one.go()
        return one

    return make


@pytest.fixture
def site(backend: Backend, clock: ManualClock) -> Backend:
    backend.tariffs(tariff("T1"))
    backend.locations(*(location(f"L{n}", evse(f"E{n}")) for n in (1, 2, 3)))
    clock.advance(seconds=60)
    return backend


def changed(site: Backend, **statuses: str) -> None:
    for uid, status in statuses.items():
        site.clock.advance(seconds=1)
        site.statuses((f"DE*ABC*{uid}", status), complete=False)


def public(registry: Registry, since: int) -> list[dict[str, Any]]:
    with registry.feed().read() as reader:
        return reader.changes(since, 1000).changes


def test_a_new_receiver_is_told_where_to_start_and_then_sent_each_change(post, hook, site, registry):
    one = post()
    [start] = hook.taken("reset")
    head = one.state.cursor
    assert start["data"] == {"manifest": "/open/manifest.json", "oldest": 1, "head": head, "epoch": start["epoch"]}
    assert start["next"] == head
    changed(site, E1="CHARGING", E2="BLOCKED")
    changed(site, E1="AVAILABLE")
    one.go()
    assert hook.changes() == public(registry, head)
    assert [change["status"] for change in hook.changes()] == ["CHARGING", "BLOCKED", "AVAILABLE"], (
        "no state is skipped"
    )
    assert [defects("WebhookMessage", message.body) for message in hook.messages] == [[], []]
    [body] = hook.taken()
    assert (body["since"], body["next"], body["head"]) == (head, head + 3, head + 3)
    assert (one.standing.due, one.standing.delivered, one.state.word) == (0, head + 3, "ok")


def test_what_is_no_more_public_comes_as_a_tombstone(post, hook, site):
    one = post()
    site.locations(location("L1", evse("E1"), publish=False), complete=False)
    one.go()
    assert [(change["op"], change["id"]) for change in hook.changes()] == [("remove", "L1")]


@SQLITE
@pytest.mark.parametrize("defect", ["500", "429", "lost"])
def test_what_was_not_acknowledged_comes_again_as_the_same_message_and_before_all_others(
    post, hook, site, registry, clock, defect
):
    one = post()
    head = one.state.cursor
    hook.misbehave(f"{defect}@changes#2")
    for status in ("CHARGING", "BLOCKED", "AVAILABLE"):
        changed(site, E1=status)
        one.go()
        clock.advance(seconds=60)
    one.go()
    assert hook.changes() == public(registry, head)
    tries = [message for message in hook.messages if message.body["type"] == "changes"][:3]
    assert len({message.id for message in tries}) == 1
    assert [message.body for message in tries] == [{**tries[0].body, "head": message.body["head"]} for message in tries]
    assert len({message.timestamp for message in tries}) == 3, "each attempt has its time"
    assert one.state.word == "ok"


@SQLITE
def test_a_redirect_is_not_followed_and_says_what_to_do(post, hook, site):
    one = post()
    hook.misbehave("redirect")
    changed(site, E1="CHARGING")
    one.go()
    assert "HTTP 302" in (one.state.error or "")
    assert "http://elsewhere.example/hook" in (one.state.error or "")
    assert (one.state.word, one.standing.due) == ("retrying", 1)


@SQLITE
def test_410_ends_it_until_a_person_resumes_it(post, hook, site, registry, clock):
    one = post()
    head = one.state.cursor
    hook.misbehave("410#1")
    for status in ("CHARGING", "AVAILABLE"):
        changed(site, E1=status)
        one.go()
        clock.advance(seconds=86_400)
    assert (one.state.word, "HTTP 410" in (one.state.error or "")) == ("paused", True)
    assert len(hook.messages) == 2
    with writing(registry.engine) as connection:
        assert set_paused(connection, "hook", paused=False)
    one.go()
    assert hook.changes() == public(registry, head)


@SQLITE
def test_batches_are_no_larger_than_set_and_wait_to_be_filled(post, hook, site, monkeypatch):
    one = post(batch=4, every=3600)
    changed(site, E1="CHARGING")
    one.go()
    monkeypatch.setattr("app.delivery.changes.time.monotonic", lambda: 0.0)
    one.courier._way._sent_at = 0.0
    for status in ("BLOCKED", "CHARGING", "AVAILABLE"):
        changed(site, E1=status, E2=status, E3=status)
    one.go()
    assert [len(body["data"]) for body in hook.taken()] == [1, 4, 4], "one is left, and waits"
    assert one.standing.due == 1
    monkeypatch.setattr("app.delivery.changes.time.monotonic", lambda: 3600.0)
    one.go()
    assert len(hook.changes()) == 10


def test_it_gets_the_changes_of_its_parties_alone(post, hook, site, registry):
    one = post(parties=["DE*XYZ"])
    changed(site, E1="CHARGING")
    one.go()
    assert hook.taken() == []
    assert one.standing.due == 0, "what is none of its business has been passed over"


def test_a_replay_sends_the_changes_after_a_sequence_once_more(post, hook, site, registry):
    one = post()
    head = one.state.cursor
    for status in ("CHARGING", "AVAILABLE", "CHARGING"):
        changed(site, E1=status)
        one.go()
    assert replay(registry.engine, one.destination, head + 1) == 2
    assert one.standing.due == 2
    one.go()
    expected = public(registry, head)
    assert hook.changes() == [*expected, *expected[1:]]
    assert replay(registry.engine, one.destination, one.state.cursor) == 0
    assert replay(registry.engine, one.destination, 0) is None
    one.go()
    assert len(hook.taken("reset")) == 2, "everything is not in the journal"


def test_a_replay_while_a_message_is_under_way_is_not_lost(post, hook, site, registry, monkeypatch):
    one = post()
    head = one.state.cursor
    changed(site, E1="CHARGING")
    one.go()
    deliver = one.destination.deliver

    def replayed(since, page):
        monkeypatch.undo()
        deliver(since, page)
        replay(registry.engine, one.destination, head)

    changed(site, E1="AVAILABLE")
    monkeypatch.setattr(one.destination, "deliver", replayed)
    one.go()
    assert [change["status"] for change in hook.changes()] == ["CHARGING", "AVAILABLE", "CHARGING", "AVAILABLE"]


def test_where_the_journal_was_cut_it_is_told_to_start_anew(post, hook, site, registry, clock):
    one = post()
    hook.misbehave("500")
    changed(site, E1="CHARGING", E2="CHARGING")
    one.go()
    hook.misbehave()
    with writing(registry.engine) as connection:
        connection.execute(feed_head.update().values(oldest=one.state.cursor + 2))
    with pytest.raises(JournalPruned):
        replay(registry.engine, one.destination, one.state.cursor)
    clock.advance(seconds=60)
    one.go()
    assert hook.taken() == []
    assert [body["next"] for body in hook.taken("reset")] == [one.state.cursor - 2, one.state.cursor]


@SQLITE
def test_another_address_starts_anew_and_another_release_does_not(post, hook, site, monkeypatch):
    post()
    monkeypatch.setattr("app.delivery.engine.__version__", "99")
    one = post()
    assert len(hook.taken("reset")) == 1
    one.destination.settings = one.destination.settings.model_copy(update={"url": f"{hook.base}/other"})
    one.go()
    assert len(hook.taken("reset")) == 2


@SQLITE
def test_what_arrived_is_told_with_its_times(post, site, registry, hook):
    one = post()
    changed(site, E1="CHARGING")
    one.go()
    [(outcome, seq)] = [(outcome.word, outcome.rows[0].first_seq) for outcome in one.told]
    with reading(registry.engine) as connection:
        [row] = read_attempts(connection, "hook")
    assert (outcome, seq, row.seq, row.evse) == ("delivered", row.seq, one.state.cursor, "E1")
    assert row.published_at is not None


@SQLITE
def test_a_check_posts_a_ping(post, hook):
    assert post(begun=False).destination.check() == "HTTP 204 No Content"
    assert [defects("WebhookMessage", body) for body in hook.taken("ping")] == [[]]


@SQLITE
def test_a_wrong_secret_is_told_and_a_second_one_bridges_a_change_of_keys(post, hook, site):
    other = "whsec_" + "QUJD" * 8
    one = post(secrets=[other], begun=False)
    one.go()
    assert (one.state.word, "HTTP 401" in (one.state.error or "")) == ("refused", True)
    two = post(secrets=[other, SECRET], name="two")
    assert two.state.word == "ok"


def test_the_signature_is_the_specifications() -> None:
    """The vector of the libraries of Standard Webhooks."""
    message = Message("msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}')
    key = WebhookSettings.model_validate(
        {"name": "a", "url": "https://a.example", "secrets": ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]}
    ).keys[0]
    headers = message.headers([key], 1614265330 * 1000)
    assert headers["webhook-timestamp"] == "1614265330"
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_private_address_is_called_only_where_that_is_said(clock) -> None:
    given = {"name": "hook", "url": "https://127.0.0.1:9/hook", "secrets": [SECRET]}
    with pytest.raises(DestinationUnreachable, match="not a public address"):
        Webhook(WebhookSettings.model_validate(given), clock).check()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"url": "http://receiver.example/hook"}, "https://"),
        ({"secrets": ["s3cret"]}, "openssl rand"),
        ({"secrets": ["whsec_c2hvcnQ="]}, "24 to 64 bytes"),
        ({"countries": ["DEU"]}, "by their party"),
    ],
)
def test_a_wrong_setting_says_what_is_right(wrong, said) -> None:
    given = {"name": "hook", "url": "https://receiver.example/hook", "secrets": [SECRET]}
    with pytest.raises(ValidationError, match=said):
        WebhookSettings.model_validate({**given, **wrong})
