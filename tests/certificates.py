"""Authorities and certificates, made for one test run."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import HTTPServer
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12

BEGINS, ENDS, LONG_AGO = (datetime(year, 6, 1, tzinfo=UTC) for year in (2024, 2099, 2025))
_PEM = serialization.Encoding.PEM


@dataclass
class Issued:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def pem(self) -> bytes:
        return self.certificate.public_bytes(_PEM)

    def key_pem(self, password: bytes | None = None) -> bytes:
        lock = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
        return self.key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, lock)

    def p12(self, password: bytes) -> bytes:
        lock = serialization.BestAvailableEncryption(password)
        return pkcs12.serialize_key_and_certificates(b"machine", self.key, self.certificate, None, lock)

    def write(self, path: Path) -> Path:
        """Certificate and key, in one PEM file."""
        path.write_bytes(self.pem() + self.key_pem())
        return path


def secure(server: HTTPServer, authority: Issued, shown: Issued, folder: Path) -> None:
    """Has a server show a certificate, and demand one of an authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(shown.write(folder / "server.pem"))
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=authority.pem().decode())
    server.socket = context.wrap_socket(server.socket, server_side=True)


class Authority(Issued):
    def __init__(self, name: str) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(name, name, key, ENDS).add_extension(x509.BasicConstraints(True, None), critical=True)
        super().__init__(builder.sign(key, hashes.SHA256()), key)
        self.name = name

    def issue(self, name: str, ends: datetime = ENDS) -> Issued:
        """For 127.0.0.1, where it is a server's."""
        key = ec.generate_private_key(ec.SECP256R1())
        here = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
        builder = _builder(name, self.name, key, ends).add_extension(here, critical=False)
        return Issued(builder.sign(self.key, hashes.SHA256()), key)


def _builder(name: str, issuer: str, key: ec.EllipticCurvePrivateKey, ends: datetime) -> x509.CertificateBuilder:
    def named(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])

    builder = x509.CertificateBuilder(named(issuer), named(name), key.public_key(), x509.random_serial_number())
    return builder.not_valid_before(BEGINS).not_valid_after(ends)
