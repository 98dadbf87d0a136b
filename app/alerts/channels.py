"""The ways a digest gets to people. Each raises DeliveryError where it does not; it is told again then."""

from __future__ import annotations

import hmac
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import Protocol

import orjson

from app.alerts.digest import Digest
from app.alerts.settings import Alerts, Mail, Security, Webhook
from app.clock import from_millis
from app.errors import DeliveryError
from app.http.exchange import Exchange, NoAnswer, one_line, shown

SIGNATURE = "X-Chargefeed-Signature"
LARGEST_ANSWER = 1 << 16


class Channel(Protocol):
    name: str

    def tell(self, digest: Digest) -> None:
        """Raises DeliveryError."""


class WebhookChannel:
    name = "webhook"

    def __init__(self, settings: Webhook) -> None:
        self._settings = settings
        self._exchange = Exchange(timeout=settings.timeout, largest=LARGEST_ANSWER, ca_file=settings.ca_file)

    def tell(self, digest: Digest) -> None:
        body = orjson.dumps(digest.record())
        headers = {"Content-Type": "application/json"}
        if self._settings.secret is not None:
            headers[SIGNATURE] = signature(self._settings.secret.get_secret_value(), body)
        where = shown(self._settings.url)
        try:
            answer = self._exchange.send("POST", self._settings.url, headers, body)
        except NoAnswer as error:
            raise DeliveryError(error.what, where=where, remedy=error.remedy) from error
        if not answer.succeeded:
            remedy = "Check `alerts.webhook`: its url and secret"
            raise DeliveryError(f"the webhook answered {answer.said}", where=where, remedy=remedy)


def signature(secret: str, body: bytes) -> str:
    """`sha256=` and the HMAC of the body in hexadecimal digits."""
    return f"sha256={hmac.digest(secret.encode(), body, 'sha256').hex()}"


class MailChannel:
    name = "email"

    def __init__(self, settings: Mail) -> None:
        self._settings = settings

    def tell(self, digest: Digest) -> None:
        settings = self._settings
        try:
            with self._connected() as server:
                if settings.user is not None:
                    server.login(settings.user, settings.password.get_secret_value() if settings.password else "")
                refused = server.send_message(_message(settings, digest))
        except (OSError, smtplib.SMTPException) as error:
            where, remedy = (
                f"{settings.host}:{settings.port}",
                "Check `alerts.email`: host, port, security, user, sender, to",
            )
            raise DeliveryError(f"no mail sent: {one_line(error)}", where=where, remedy=remedy) from error
        if refused:
            raise DeliveryError(
                f"not taken for {', '.join(refused)}", where=settings.host, remedy="Check `alerts.email.to`"
            )

    def _connected(self) -> smtplib.SMTP:
        settings = self._settings
        at = (settings.host, settings.port)
        if settings.security is Security.NONE:
            return smtplib.SMTP(*at, timeout=settings.timeout)
        trusted = ssl.create_default_context(cafile=settings.ca_file)
        if settings.security is Security.TLS:
            return smtplib.SMTP_SSL(*at, timeout=settings.timeout, context=trusted)
        server = smtplib.SMTP(*at, timeout=settings.timeout)
        try:
            server.starttls(context=trusted)
        except (OSError, smtplib.SMTPException):
            server.close()
            raise
        return server


def _message(settings: Mail, digest: Digest) -> EmailMessage:
    message = EmailMessage()
    message["From"] = settings.sender
    message["To"] = ", ".join(settings.to)
    message["Subject"] = digest.subject
    message["Date"] = format_datetime(from_millis(digest.at))
    message["Message-ID"] = make_msgid(domain=settings.sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(digest.text())
    return message


def channels(settings: Alerts) -> list[Channel]:
    """Those that are set."""
    webhook = [WebhookChannel(settings.webhook)] if settings.webhook else []
    return [*webhook, *([MailChannel(settings.email)] if settings.email else [])]
