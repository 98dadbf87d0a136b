"""Redirects, secrets and what messages show."""

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.clock import SystemClock
from app.errors import SourceError, SourceRefused, SourceUnreachable
from app.http.exchange import shown
from app.sources.http import HttpSettings, Transport
from tests.certificates import LONG_AGO, Authority
from tests.ocpi_sender import Sender
from tests.sources.conftest import DATA
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


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority("Backend CA")


@pytest.fixture
def choosy_sender(tmp_path: Path, authority: Authority) -> Iterator[Sender]:
    """Takes clients alone whose certificates the authority issued; `ca_file` for it is authority.pem."""
    (tmp_path / "authority.pem").write_bytes(authority.pem())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.issue("127.0.0.1").write(tmp_path / "server.pem"))
    context.load_verify_locations(tmp_path / "authority.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    sender = Sender.of(DATA / "ocpi" / "2.2.1")
    sender.server.socket = context.wrap_socket(sender.server.socket, server_side=True)
    with sender:
        sender.url = sender.url.replace("http:", "https:")
        yield sender


def transport(folder: Path, **settings: Any) -> Transport:
    given = {"name": "a", "type": "ocpi", "retries": 0, "ca_file": folder / "authority.pem", **settings}
    return Transport(HttpSettings.model_validate(given), SystemClock())


def test_a_backend_that_asks_for_a_certificate_gets_ours(tmp_path, authority, choosy_sender):
    ours = authority.issue("us")
    (tmp_path / "ours.pem").write_bytes(ours.pem())
    (tmp_path / "ours.key").write_bytes(ours.key_pem(b"s3cret"))
    with pytest.raises(SourceError):
        transport(tmp_path).get(choosy_sender.url)
    files = {"certificate": tmp_path / "ours.pem", "key": tmp_path / "ours.key", "key_password": "s3cret"}
    assert b"2.2.1" in transport(tmp_path, **files).get(choosy_sender.url).body


def test_an_expired_certificate_is_named_with_file_and_date_until_there_is_a_new_one(
    tmp_path, authority, choosy_sender
):
    ours = authority.issue("us", LONG_AGO).write(tmp_path / "ours.pem")
    client = transport(tmp_path, certificate=ours)
    with pytest.raises(
        SourceRefused, match=r"source a, .*/ours\.pem: our certificate has expired: CN=us, valid until 2025-06-01"
    ):
        client.get(choosy_sender.url)
    authority.issue("us").write(ours)
    assert b"2.2.1" in client.get(choosy_sender.url).body


def test_a_certificate_that_cannot_be_read_is_told(tmp_path, choosy_sender):
    (tmp_path / "ours.pem").write_text("nothing")
    with pytest.raises(SourceRefused, match=r"ours\.pem: no certificate and key \(.*Set a \.p12 or PEM file"):
        transport(tmp_path, certificate=tmp_path / "ours.pem").get(choosy_sender.url)
