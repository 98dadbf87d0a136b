"""A stand-in for EV-ChART's system-to-system interface and for the storage it has files put into.

It holds requests to what the published source of EV-ChART holds them to: the key, the body of an import, the headers and the
checksum of a file, the form of a question for details.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.misbehaving import Defect, Misbehaving

KEY, EMAIL, RECIPIENT = "a-key", "reports@example.org", "42"
Answer = tuple[int, bytes]


@dataclass
class Federal(Misbehaving):
    """Serves until it is closed. Defects: `storage`, `html`, `redirect`, `elsewhere`, `empty`."""

    key: str = KEY
    looks: int = 1
    """So many times an upload is still looked at."""
    verdict: str = "Draft"
    defects: list[Defect] = field(default_factory=list)
    uploads: dict[str, dict[str, Any]] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    seen_by_storage: list[dict[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        class Handler(_Handler):
            pass

        Handler.federal = self
        self.serve(Handler, 0)
        self.url = self.base

    def hits(self, name: str) -> bool:
        return any(defect.name == name for defect in self.defects)

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        if path.startswith("/storage/"):
            return self._put(path.removeprefix("/storage/"), headers, body)
        if headers.get("x-api-key") != self.key:
            return _said(403, "API key expired")
        if self.hits("html"):
            return 200, b"<html>maintenance</html>"
        said = json.loads(body)
        if (method, path) == ("POST", "/s2s/import"):
            return self._import(said)
        if (method, path) == ("GET", "/s2s/module/details"):
            return self._details(said)
        return _said(404, "no such path")

    def _import(self, said: dict[str, Any]) -> Answer:
        errors = [f"missing required field: {name}" for name in ("module_id", "checksum", "year") if not said.get(name)]
        quarterly = said.get("module_id") in ("2", "3", "4")
        if said.get("email") != EMAIL:
            errors.append(f"email {said.get('email')} not in org of given API Key")
        if said.get("direct_recipient_id") != RECIPIENT:
            errors.append(f"invalid direct_recipient_id of {said.get('direct_recipient_id')}")
        if not re.fullmatch("[0-9a-f]{64}", said.get("checksum", "")):
            errors.append("invalid checksum")
        if quarterly and said.get("quarter") not in ("1", "2", "3", "4"):
            errors.append("missing required field: quarter")
        if not quarterly and "quarter" in said:
            errors.append(f"quarter not valid for module {said.get('module_id')}")
        if errors:
            return _said(406, f"Errors found: {', '.join(errors)}")
        if self.hits("empty"):
            return 200, b"{}"
        id_ = f"upload-{len(self.uploads) + 1}"
        self.uploads[id_] = {**said, "looks": self.looks, "body": None}
        host = "ftp://storage.example" if self.hits("elsewhere") else self.url
        meta = {"x-amz-meta-checksum": said["checksum"], "x-amz-meta-s2s_upload": "True"}
        return _json(
            {
                "upload_id": id_,
                "presigned_url": f"{host}/storage/{id_}?X-Amz-Signature=secret",
                "presigned_url_headers": {**meta, "Authorization": "no"},
            }
        )

    def _put(self, target: str, headers: dict[str, str], body: bytes) -> Answer:
        self.seen_by_storage.append(headers)
        upload = self.uploads[target.partition("?")[0]]
        signed = (
            headers.get("x-amz-meta-checksum") == upload["checksum"] and headers.get("x-amz-meta-s2s_upload") == "True"
        )
        if self.hits("storage") or not signed:
            return 403, b"<Error><Code>AccessDenied</Code></Error>"
        upload["body"] = body
        return 200, b""

    def _details(self, said: dict[str, Any]) -> Answer:
        upload = self.uploads.get(said.get("upload_id", ""))
        if upload is None:
            return _said(406, f"Errors found: Invalid upload_id: {said.get('upload_id')}")
        upload["looks"] -= 1
        if upload["looks"] >= 0:
            return _json({"submission_status": "Upload Draft"})
        right = upload["body"] is not None and hashlib.sha256(upload["body"]).hexdigest() == upload["checksum"]
        return _json({"upload_id": said["upload_id"], "submission_status": self.verdict if right else "Error"})


def _said(status: int, text: str) -> Answer:
    return status, json.dumps(text).encode()


def _json(body: dict[str, Any]) -> Answer:
    return 200, json.dumps(body).encode()


class _Handler(BaseHTTPRequestHandler):
    federal: Federal

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        status, said = self.federal.answer(self.command, self.path, headers, body)
        if self.federal.hits("redirect"):
            status, said = 302, b""
        self.federal.lines.append(f"{self.command} {self.path.partition('?')[0]} {status}")
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "http://elsewhere.invalid/")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()
