"""Certificates: the one we show, and what is wrong where the two sides do not accept each other's."""

from __future__ import annotations

import socket
import ssl
import tempfile
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12
from pydantic import SecretStr

from app.errors import ConfigError

SECONDS = 10.0
ALERT_SECONDS = 2.0
_PEM = serialization.Encoding.PEM


class Certificate:
    """Ours, with its key, out of PKCS#12 or PEM."""

    def __init__(self, path: Path, key: Path | None = None, password: SecretStr | None = None) -> None:
        """Raises ConfigError where a file cannot be read, or not with that password."""
        secret = password.get_secret_value().encode() if password is not None else None
        try:
            own, others, private = _read(path.read_bytes(), None if key is None else key.read_bytes(), secret)
        except (OSError, ValueError, TypeError) as error:
            what, remedy = f"no certificate and key ({error})", "Give a .p12 or PEM file, its `key` and its `password`"
            raise ConfigError(what, where=str(path), remedy=remedy) from error
        self.name = own.subject.rfc4514_string()
        self.ends = own.not_valid_after_utc
        # OpenSSL reads keys from files alone; these go with the object. Nobody else may enter the folder.
        self._folder = tempfile.TemporaryDirectory(prefix="chargefeed-")
        self.files = Path(self._folder.name) / "certificate.pem", Path(self._folder.name) / "key.pem"
        self.files[0].write_bytes(b"".join(one.public_bytes(_PEM) for one in (own, *others)))
        self.files[1].write_bytes(private)

    def __str__(self) -> str:
        return f"{self.name}, valid until {self.ends:%Y-%m-%d}"

    def is_expired(self, now: datetime) -> bool:
        return now > self.ends


def _read(
    given: bytes, key: bytes | None, password: bytes | None
) -> tuple[x509.Certificate, list[x509.Certificate], bytes]:
    """Ours, those of the authorities above it, the key in PEM."""
    if b"-----BEGIN" in given:
        own, *others = x509.load_pem_x509_certificates(given)
        private = serialization.load_pem_private_key(key or given, password)
    else:
        bundle = pkcs12.load_pkcs12(given, password)
        if bundle.cert is None or bundle.key is None:
            raise ValueError("the PKCS#12 file holds no certificate with a key")
        own, others, private = bundle.cert.certificate, [one.certificate for one in bundle.additional_certs], bundle.key
    plain = serialization.NoEncryption()
    return own, others, private.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, plain)


def expired_server(host: str, port: int, ours: Certificate, now: datetime) -> str | None:
    """The server's certificate where it has expired, with its date; None where it has not, or cannot be had."""
    try:
        with _greeted(host, port, ours) as server:
            shown = server.getpeercert(binary_form=True)
            theirs = x509.load_der_x509_certificate(shown or b"")
    except (OSError, ValueError):
        return None
    if theirs.not_valid_after_utc >= now:
        return None
    return f"its certificate ({theirs.subject.rfc4514_string()}) expired on {theirs.not_valid_after_utc:%Y-%m-%d}"


def refusal_of(host: str, port: int, ours: Certificate) -> str | None:
    """The server's reason for not taking our certificate, in TLS's words; None where it takes it, or does not say."""
    try:
        with _greeted(host, port, ours) as server:
            # In TLS 1.3 the server looks at our certificate when the handshake is over for us. One that takes it is silent.
            server.settimeout(ALERT_SECONDS)
            server.recv(1)
    except ssl.SSLError as error:
        reason = error.reason or ""
        return reason.replace("_", " ").lower() if "ALERT" in reason else None
    except OSError:
        return None
    return None


def _greeted(host: str, port: int, ours: Certificate) -> ssl.SSLSocket:
    """A connection over which nothing is told: whoever answers is not looked at here."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.load_cert_chain(*ours.files)
    return context.wrap_socket(socket.create_connection((host, port), SECONDS), server_hostname=host)
