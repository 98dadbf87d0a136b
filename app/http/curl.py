"""As `Exchange`, by libcurl: for small messages by the thousand, where the client would cost more than all the rest.

A request waits for its answer with nothing of Python held, so the threads of a process share its cores.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable, Mapping
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pycurl
from requests.structures import CaseInsensitiveDict
from requests.utils import DEFAULT_CA_BUNDLE_PATH, requote_uri

from app.http.environment import Environment
from app.http.exchange import (
    CONNECT_SECONDS,
    ENCODINGS,
    ERROR_BODY,
    OWN_HEADERS,
    Answer,
    NoAnswer,
    Trouble,
    one_line,
    too_large,
    too_late,
)
from app.http.public import is_public

_BROKEN = {pycurl.E_PARTIAL_FILE, pycurl.E_GOT_NOTHING, pycurl.E_RECV_ERROR, pycurl.E_SEND_ERROR}
_TLS = {
    pycurl.E_SSL_CONNECT_ERROR,
    pycurl.E_SSL_CERTPROBLEM,
    pycurl.E_SSL_CIPHER,
    pycurl.E_PEER_FAILED_VERIFICATION,
    pycurl.E_SSL_CACERT_BADFILE,
    pycurl.E_SSL_ISSUER_ERROR,
    pycurl.E_SSL_INVALIDCERTSTATUS,
}
_UNSENT = {"Expect": "", "Content-Type": ""}
"""What libcurl would say by itself, and nobody asked for."""
_UNFIT = re.compile(r"[^\t -~]")
_PHRASES: dict[int, str] = {status.value: status.phrase for status in HTTPStatus}
_HEADERS = {"Location": pycurl.REDIRECT_URL, "Retry-After": pycurl.RETRY_AFTER}
"""What a header that decides what comes next is called by libcurl, which reads a date as seconds from now."""
_NONE: Mapping[str, str] = {}


class CurlExchange:
    """With one server: connections are kept open. Threads may share it, up to `connections` at a time."""

    def __init__(
        self,
        *,
        timeout: float,
        largest: int,
        ca_file: Path | None = None,
        certificate: tuple[Path, Path] | None = None,
        connections: int = 1,
        public_only: bool = False,
    ) -> None:
        """As `Exchange` has them."""
        self._timeout = timeout
        self._largest = largest
        self._certificate = certificate
        self._connections = connections
        self._public_only = public_only
        self._environment = Environment(heeded=not public_only)
        self._authorities = self._environment.authorities(ca_file) or DEFAULT_CA_BUNDLE_PATH
        self._idle: list[pycurl.Curl] = []

    def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | Iterable[bytes] | None = None
    ) -> Answer:
        """The answer's headers are just those of `_HEADERS`. Raises NoAnswer."""
        lines = _header_lines(headers)
        try:
            curl = self._idle.pop()
        except IndexError:
            curl = self._made()
        try:
            return self._sent(curl, method, url, lines, body)
        finally:
            if len(self._idle) < self._connections:
                self._idle.append(curl)
            else:
                curl.close()

    def _sent(
        self, curl: pycurl.Curl, method: str, url: str, lines: list[str], body: bytes | Iterable[bytes] | None
    ) -> Answer:
        reading, inside = _Reading(self._largest), list[str]()
        curl.setopt(pycurl.URL, url if url.isascii() else requote_uri(url))
        curl.setopt(pycurl.HTTPHEADER, lines)
        curl.setopt(pycurl.PROXY, self._environment.proxy(url))
        curl.setopt(pycurl.HTTPGET, 1)
        if body is not None:
            curl.setopt(pycurl.POSTFIELDS, body if isinstance(body, bytes) else b"".join(body))
        curl.setopt(pycurl.CUSTOMREQUEST, method)
        curl.setopt(pycurl.WRITEFUNCTION, reading.take)
        if self._public_only:
            curl.setopt(pycurl.OPENSOCKETFUNCTION, partial(_open_public, inside))
        try:
            curl.perform()
        except pycurl.error as error:
            status = curl.getinfo(pycurl.RESPONSE_CODE)
            if not reading.overflown or 200 <= status < 300:
                raise self._explained(error, reading, inside) from error
        finally:
            curl.setopt(pycurl.WRITEFUNCTION, len)  # what it has read is not kept with it
        return _answer(curl, url, b"".join(reading.chunks))

    def _made(self) -> pycurl.Curl:
        curl = pycurl.Curl()
        curl.setopt(pycurl.NOSIGNAL, 1)
        curl.setopt(pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS)
        curl.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1)
        curl.setopt(pycurl.ACCEPT_ENCODING, ENCODINGS)
        curl.setopt(pycurl.TIMEOUT_MS, round(self._timeout * 1000))
        curl.setopt(pycurl.CONNECTTIMEOUT_MS, round(min(CONNECT_SECONDS, self._timeout) * 1000))
        curl.unsetopt(pycurl.CAINFO)  # pycurl has found the system's by itself
        curl.unsetopt(pycurl.CAPATH)
        folder = Path(self._authorities).is_dir()
        curl.setopt(pycurl.CAPATH if folder else pycurl.CAINFO, self._authorities)
        if self._certificate:
            curl.setopt(pycurl.SSLCERT, str(self._certificate[0]))
            curl.setopt(pycurl.SSLKEY, str(self._certificate[1]))
        return curl

    def _explained(self, error: pycurl.error, reading: _Reading, inside: list[str]) -> NoAnswer:
        code, said = error.args[0], one_line(error.args[-1])
        if inside:
            said = f"it is not a public address ({', '.join(inside)})"
        if reading.overflown:
            return too_large(self._largest)
        if code == pycurl.E_OPERATION_TIMEDOUT:
            return too_late(self._timeout)
        if code in _TLS:
            what = f"no secure connection ({said})"
            return NoAnswer(Trouble.TLS, what, "Check the certificate, or set `ca_file`")
        if code in _BROKEN:
            return NoAnswer(Trouble.BROKEN, f"the answer broke off ({said})", "It is asked again")
        if code == pycurl.E_BAD_CONTENT_ENCODING:
            return NoAnswer(Trouble.ENCODING, "the answer is not compressed as its Content-Encoding says")
        if code == pycurl.E_URL_MALFORMAT:
            return NoAnswer(Trouble.URL, f"not a URL to fetch ({said})", "Check the URL")
        return NoAnswer(Trouble.CONNECTION, f"no connection ({said})", "Check host, port and network")


class _Reading:
    """The body that comes in, as libcurl hands it over. It keeps the head: to be told each line would mean to wait for Python."""

    def __init__(self, largest: int) -> None:
        self._room = largest
        self.chunks: list[bytes] = []

    @property
    def overflown(self) -> bool:
        return self._room < 0

    def take(self, chunk: bytes) -> int | None:
        """Anything but None, or the length, ends the request."""
        self._room -= len(chunk)
        if self._room < 0:
            return -1
        self.chunks.append(chunk)
        return None


def _answer(curl: pycurl.Curl, url: str, body: bytes) -> Answer:
    status = curl.getinfo(pycurl.RESPONSE_CODE)
    if 200 <= status < 300:
        return Answer(url, status, _PHRASES.get(status, ""), _NONE, body)
    found = {name: curl.getinfo(info) for name, info in _HEADERS.items()}
    headers = CaseInsensitiveDict({name: str(value) for name, value in found.items() if value})
    return Answer(url, status, _PHRASES.get(status, ""), headers, b"" if "Location" in headers else body[:ERROR_BODY])


def _line(name: str, value: str) -> str:
    """As libcurl takes it; an empty one of `_UNSENT` is one that it is to leave out."""
    return f"{name}: {value}" if value else f"{name}:" if name in _UNSENT else f"{name};"


_OWN_LINES = {name.lower(): _line(name, value) for name, value in {**_UNSENT, **OWN_HEADERS}.items()}


def _header_lines(headers: Mapping[str, str]) -> list[str]:
    """With our own, where it has none of that name. Raises NoAnswer."""
    lines = [*{**_OWN_LINES, **{name.lower(): _line(name, value) for name, value in headers.items()}}.values()]
    if _UNFIT.search("".join(lines)):
        name = next(line for line in lines if _UNFIT.search(line)).partition(":")[0]
        what = f"the header {one_line(name)} holds a line break, or letters beyond ASCII"
        raise NoAnswer(Trouble.URL, what, "Check `headers` and `token`")
    return lines


def _open_public(inside: list[str], purpose: int, address: Any) -> socket.socket | int:
    """A socket for the very address that is connected to; none where that is not public, which is noted."""
    host = str(address.addr[0])
    if is_public(host):
        return socket.socket(address.family, address.socktype, address.protocol)
    inside.append(host)
    return pycurl.SOCKET_BAD
