"""`/.well-known/security.txt` (RFC 9116), and TLS for good where the site has it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from app.clock import SystemClock, from_millis, parse_time
from app.web.application import create_app
from tests.web.network import Network


def site(network: Network, contact: str | None, url: str) -> FlaskClient:
    settings = network.settings
    operator = settings.operator.model_copy(update={"security_contact": contact})
    web = settings.web.model_copy(update={"url": url})
    return create_app(settings.model_copy(update={"operator": operator, "web": web})).test_client()


def test_it_says_whom_to_tell_and_until_when_that_holds(empty):
    answer = site(empty, "mailto:security@example.org", "https://feed.example").get("/.well-known/security.txt")
    assert (answer.status_code, answer.content_type) == (200, "text/plain; charset=utf-8")
    said = dict(line.split(": ", 1) for line in answer.text.splitlines())
    assert said["Contact"] == "mailto:security@example.org"
    assert said["Canonical"] == "https://feed.example/.well-known/security.txt"
    good_for = from_millis(parse_time(said["Expires"])) - from_millis(SystemClock().now())
    assert timedelta(days=150) < good_for < timedelta(days=365)


def test_where_nobody_is_named_it_is_404_and_says_which_setting(empty):
    answer = site(empty, None, "http://127.0.0.1").get("/.well-known/security.txt")
    assert (answer.status_code, "operator.security_contact" in answer.json["status_message"]) == (404, True)


@pytest.mark.parametrize(("url", "held"), [("https://feed.example", True), ("http://127.0.0.1", False)])
def test_browsers_are_told_to_stay_with_tls_where_there_is_tls(empty, url, held):
    client = site(empty, None, url)
    for path in ("/", "/open/changes", "/nothing", "/admin/deliveries"):
        assert ("Strict-Transport-Security" in client.get(path).headers) is held
