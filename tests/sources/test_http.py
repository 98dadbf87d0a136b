"""Redirects, secrets and what messages show."""

import pytest

from app.clock import SystemClock
from app.errors import SourceRefused, SourceUnreachable
from app.http.exchange import shown
from app.sources.http import HttpSettings, Transport
from tests.ocpi_sender import Sender
from tests.sources.pulled import pull

SECRETS = ("Authorization", "X-Api-Key")


def sent(sender: Sender) -> set[str]:
    return {name for _, headers in sender.requests for name in SECRETS if name in headers}


def test_a_redirect_on_the_same_host_keeps_the_token(sender, source):
    sender.script.slash, sender.script.token = True, "s3cret"
    pulled = pull(source(token="s3cret", headers={"X-Api-Key": "key"}))
    assert len(pulled.ids) == 7
    assert "/2.2.1/locations/?limit=100" in sender.paths()
    assert all(name in headers for _, headers in sender.requests for name in SECRETS)


def test_a_redirect_to_another_host_drops_token_and_headers(sender, source):
    with Sender(sender.locations) as other:
        sender.script.elsewhere = other.base
        pulled = pull(source(token="s3cret", headers={"X-Api-Key": "key"}))
        assert len(pulled.ids) == 7
        assert sent(sender) == set(SECRETS)
        assert sent(other) == set()


def test_a_redirect_out_of_the_web_is_refused(sender, source):
    sender.script.elsewhere = "file:///etc"
    with pytest.raises(SourceUnreachable, match="not a URL to fetch"):
        pull(source())


def test_messages_show_no_secret():
    url = "https://user:pass@a.example:8443/x?api_key=1234&limit=5&Token=abcd"
    assert shown(url) == "https://a.example:8443/x?api_key=…&limit=5&Token=…"


def test_settings_do_not_show_secrets(source):
    settings = source(token="s3cret", headers={"X-Api-Key": "hidden"}).settings
    assert "s3cret" not in repr(settings)
    assert "hidden" not in repr(settings)
    assert "s3cret" not in settings.model_dump_json()


def test_a_private_certificate_is_refused_until_its_authority_is_set(tmp_path, tls_sender):
    settings = {"name": "a", "type": "ocpi", "retry_wait": 0}
    with pytest.raises(
        SourceUnreachable, match=r"no secure connection \(.*\)\. Check the certificate, or set `ca_file`"
    ):
        Transport(HttpSettings.model_validate(settings), SystemClock()).get(tls_sender.url)
    trusting = HttpSettings.model_validate({**settings, "ca_file": tls_sender.certificate})
    assert b"2.2.1" in Transport(trusting, SystemClock()).get(tls_sender.url).body


def test_a_slow_secure_backend_is_cut_off_too(tls_sender):
    tls_sender.sender.misbehave("drip")
    settings = {"name": "a", "type": "ocpi", "retries": 0, "timeout": 1.5, "ca_file": tls_sender.certificate}
    url = tls_sender.url.replace("versions", "2.2.1/locations?limit=5")
    with pytest.raises(SourceUnreachable, match=r"no whole answer within 1\.5 s"):
        Transport(HttpSettings.model_validate(settings), SystemClock()).get(url)


def test_a_refusal_is_not_tried_again(sender, source):
    sender.script.token = "s3cret"
    with pytest.raises(SourceRefused):
        pull(source())
    assert len(sender.requests) == 1
