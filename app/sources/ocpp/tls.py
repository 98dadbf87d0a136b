"""TLS contexts of the two sides."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from typing import Any

from app.errors import ConfigError
from app.sources.ocpp.settings import OcppSettings


def server_context(settings: OcppSettings) -> ssl.SSLContext | None:
    """None where it listens without TLS. Raises ConfigError."""
    if settings.certificate is None:
        return None
    try:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(settings.certificate, settings.key)
        if settings.client_ca_file is not None:
            context.load_verify_locations(settings.client_ca_file)
            context.verify_mode = ssl.CERT_REQUIRED if settings.security_profile == 3 else ssl.CERT_OPTIONAL
    except (OSError, ssl.SSLError) as error:
        raise _unusable(settings, "certificate", error) from error
    return context


def upstream_context(settings: OcppSettings) -> ssl.SSLContext | None:
    """None where the backend is reached without TLS. Raises ConfigError."""
    if settings.upstream is None or not settings.upstream.startswith("wss:"):
        return None
    try:
        context = ssl.create_default_context(cafile=settings.upstream_ca_file)
        if settings.upstream_certificate is not None:
            context.load_cert_chain(settings.upstream_certificate)
    except (OSError, ssl.SSLError) as error:
        raise _unusable(settings, "upstream_certificate", error) from error
    return context


def common_name(certificate: Mapping[str, Any] | None) -> str:
    """Of a peer's certificate as `ssl` gives it; empty where there is none."""
    for part in (certificate or {}).get("subject", ()):
        for name, value in part:
            if name == "commonName":
                return str(value)
    return ""


def _unusable(settings: OcppSettings, what: str, error: Exception) -> ConfigError:
    remedy = "Give the path of a PEM file that this process may read"
    return ConfigError(f"`{what}` cannot be used: {error}", where=f"source {settings.name}", remedy=remedy)
