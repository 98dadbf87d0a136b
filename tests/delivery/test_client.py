"""Calling a destination: its pace, its certificates, its troubles told apart."""

from __future__ import annotations

import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.clock import ManualClock
from app.delivery.client import Client
from app.delivery.settings import HttpSettings
from app.errors import DestinationBusy, DestinationRefused, DestinationUnreachable
from tests.ocpi_receiver import Receiver

PATH = "/locations/DE/ABC/L1"
TOKEN = {"Authorization": "Token s3cret"}


def client(certificate: tuple[Path, Path] | None = None, **settings: object) -> Client:
    given = {"name": "a", "type": "http", "timeout": 2, **settings}
    return Client(HttpSettings.model_validate(given), ManualClock(), certificate)


def test_an_answer_is_handed_on_whatever_its_status(receiver):
    for defect, status in (("500", 500), ("400", 400), ("redirect", 307), ("404", 404)):
        receiver.misbehave(defect)
        assert client().send("PUT", receiver.base + PATH, TOKEN, b"{}").status == status
    assert {request.line for request in receiver.requests} == {f"PUT {PATH}"}, "no redirect is followed"


@pytest.mark.parametrize(
    ("defect", "error", "says"),
    [
        ("401", DestinationRefused, r"destination a, GET http://127\.0\.0\.1:\d+/locations/DE/ABC/L1: HTTP 401 Unaut"),
        ("429", DestinationBusy, "HTTP 429 Too Many Requests"),
        ("503", DestinationBusy, "HTTP 503 Service Unavailable"),
        ("hang", DestinationUnreachable, r"no whole answer within 0\.5 s\. Raise `timeout`"),
        ("reset", DestinationUnreachable, "the answer broke off"),
    ],
)
def test_what_concerns_more_than_one_request_is_an_error(receiver, defect, error, says):
    receiver.misbehave(defect)
    with pytest.raises(error, match=says) as raised:
        client(timeout=0.5).send("GET", receiver.base + PATH, TOKEN)
    if error is DestinationBusy:
        assert raised.value.wait == 60


def test_a_date_in_retry_after_counts_from_now(receiver):
    receiver.misbehave("503-until-one")
    with pytest.raises(DestinationBusy) as raised:
        client().send("GET", receiver.base + PATH, TOKEN)
    assert raised.value.wait == 3600


def test_requests_keep_their_distance_whatever_thread_they_come_from(receiver):
    paced = client(pause=0.1)
    threads = [threading.Thread(target=paced.send, args=("GET", receiver.base + PATH, TOKEN)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    times = sorted(request.at for request in receiver.requests)
    assert times[-1] - times[0] >= 0.25


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[Receiver]:
    """Over TLS, for those alone who show its own certificate, since it trusts no other."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
    subprocess.run([*made.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.load_verify_locations(certificate)
    context.verify_mode = ssl.CERT_REQUIRED
    receiver = Receiver()
    receiver.server.socket = context.wrap_socket(receiver.server.socket, server_side=True)
    with receiver:
        yield receiver


def test_a_certificate_is_shown_where_one_is_given(secure, tmp_path):
    own, url = tmp_path / "certificate.pem", secure.base.replace("http:", "https:") + PATH
    shown = client((own, tmp_path / "key.pem"), ca_file=own)
    assert shown.send("GET", url, TOKEN).status == 404
    with pytest.raises(DestinationUnreachable):
        client(ca_file=own).send("GET", url, TOKEN)
    with pytest.raises(
        DestinationUnreachable, match=r"no secure connection \(.*\)\. Check the certificate, or set `ca_file`"
    ):
        client((own, tmp_path / "key.pem")).send("GET", url, TOKEN)
