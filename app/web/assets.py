"""The few files a page needs, held in memory and compressed once; their addresses name their content, so they never go stale."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from importlib.util import find_spec
from mimetypes import guess_type
from pathlib import Path

from flask import Blueprint, Flask, Response, current_app, request

from app.web.encoding import STATIC, chosen
from app.web.failure import GENERIC_CLIENT, Failure
from app.web.outgoing import FOR_EVER, SMALLEST, compress

area = Blueprint("assets", __name__)
LEAFLET = ("leaflet.js", "leaflet.css")
"""Of the package `js_lib_leaflet`, which is nothing but Leaflet's own files (BSD-2-Clause)."""


class Assets:
    def __init__(self, files: Iterable[Path], base: str) -> None:
        self._base = base
        self._files = {path.name: path.read_bytes() for path in sorted(files)}
        self._marks = {name: blake2b(content, digest_size=6).hexdigest() for name, content in self._files.items()}
        self._coded: dict[tuple[str, str], bytes] = {}

    def url(self, name: str) -> str:
        return f"{self._base}/assets/{self._marks[name]}/{name}"

    def known(self, mark: str, name: str) -> bool:
        return self._marks.get(name) == mark

    def coded(self, name: str, coding: str) -> bytes:
        content = self._files[name]
        if coding == "identity":
            return content
        if (name, coding) not in self._coded:
            self._coded[name, coding] = compress(coding, content)
        return self._coded[name, coding]

    def coding(self, name: str, accept_encoding: str) -> str:
        return chosen(accept_encoding, STATIC) if len(self._files[name]) >= SMALLEST else "identity"


@area.get("/assets/<mark>/<name>")
def asset(mark: str, name: str) -> Response:
    assets: Assets = current_app.extensions["assets"]
    if not assets.known(mark, name):
        raise Failure(404, GENERIC_CLIENT, "no such file: reload the page, its files have changed")
    coding = assets.coding(name, request.headers.get("Accept-Encoding", ""))
    response = Response(assets.coded(name, coding), content_type=guess_type(name)[0])
    response.headers["Cache-Control"] = FOR_EVER
    response.vary.add("Accept-Encoding")
    response.set_etag(f"{mark}-{coding}")
    if coding != "identity":
        response.headers["Content-Encoding"] = coding
    return response


def register(app: Flask, folder: Path, base: str) -> None:
    """`base`: what stands before every path, where the public address has a path of its own."""
    assets = Assets([*folder.iterdir(), *_leaflet()], base)
    app.extensions["assets"] = assets
    app.jinja_env.globals |= {"asset": assets.url, "base": base}
    app.register_blueprint(area)


def _leaflet() -> list[Path]:
    spec = find_spec("js_lib_leaflet")
    assert spec is not None, "django-js-lib-leaflet is installed with chargefeed"
    assert spec.submodule_search_locations is not None
    folder = Path(next(iter(spec.submodule_search_locations))) / "static" / "js_lib_leaflet"
    return [folder / name for name in LEAFLET]
