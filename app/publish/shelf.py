"""The snapshots' part of the store: what stands where, and how it gets there and away."""

from __future__ import annotations

from dataclasses import dataclass

from app.clock import Millis, parse_time
from app.errors import LeaseLost
from app.formats.base import Cadence
from app.publish.manifest import PATH, SNAPSHOTS, File, Manifest, read_manifest
from app.publish.plan import Plan
from app.store.base import Encoding, Label, Store

FOR_EVER = "public, max-age=31536000, immutable"
CHECK_ALWAYS = "no-cache"
REPRESENTATIONS = (None, Encoding.GZIP, Encoding.ZSTD)
_ORPHAN_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds."""

    status_every: float = 10
    static_every: float = 600
    keep: float = 120
    """How long a version stays after its successor came."""

    def of(self, cadence: Cadence) -> float:
        return self.status_every if cadence is Cadence.STATUS else self.static_every


USUAL = Pace()


class Shelf:
    def __init__(self, store: Store, pace: Pace) -> None:
        self._store = store
        self._pace = pace
        self._placed: dict[str, str] = {}
        """Stable address → the version that this process has put there."""
        self._tidied: Millis | None = None

    def read(self) -> tuple[Manifest | None, str | None]:
        """The manifest and its etag; None where there is none yet."""
        fetched = self._store.get(self._key(PATH, None))
        if fetched is None:
            self._placed.clear()  # a store that came back empty
            return None, None
        with fetched:
            return read_manifest(fetched.read()), fetched.stored.etag

    def upload(self, plan: Plan) -> None:
        """What nobody knows of yet."""
        for segment, spool in plan.segments:
            self._store.put(self._key(segment.path, None), spool.file, Label("application/gzip", None, FOR_EVER))
        for file, encoding, spool in plan.spools():
            self._store.put(self._key(file.version, encoding), spool.file, Label(file.media_type, encoding, FOR_EVER))

    def publish(self, manifest: Manifest, etag: str | None) -> str:
        """The moment. Raises StoreConflict where the manifest is no longer the one with this etag."""
        label = Label("application/json", None, CHECK_ALWAYS)
        return self._store.put_if_match(self._key(PATH, None), manifest.to_bytes(), label, etag).etag

    def place(self, manifest: Manifest, etag: str | None) -> None:
        """Puts the manifest's versions at their stable addresses, where this process has not done so already."""
        for file in manifest.files:
            if self._placed.get(file.path) != file.version:
                self._ensure_current(etag)
                for encoding in file.encodings:
                    label = Label(file.media_type, encoding, f"public, max-age={round(self._pace.status_every)}")
                    self._store.copy(self._key(file.version, encoding), self._key(file.path, encoding), label)
                self._placed[file.path] = file.version

    def tidied(self, manifest: Manifest, now: Millis) -> Manifest:
        """Deletes what was superseded long enough ago.

        When the process begins, and now and then, it also deletes what a crash left behind, forgets the files whose version
        someone has deleted, so that they are written anew, and has every address placed again, in case a worker that lost its
        lease while it was writing came after us.
        """
        self._delete_superseded(manifest, now)
        if self._tidied is not None and self._tidied <= now < self._tidied + self._pace.static_every * 1000:
            return manifest
        self._tidied = now
        self._placed.clear()
        self._remove_orphans(manifest, now)
        return manifest.model_copy(update={"files": tuple(filter(self._is_there, manifest.files))})

    def _delete_superseded(self, manifest: Manifest, now: Millis) -> None:
        alive = manifest.paths()
        for gone in manifest.superseded:
            if parse_time(gone.until) <= now and gone.path not in alive:
                self._placed.pop(gone.path, None)
                for key in self._keys(gone.path):
                    self._store.delete(key)

    def _is_there(self, file: File) -> bool:
        return all(self._store.head(self._key(file.version, encoding)) for encoding in file.encodings)

    def _remove_orphans(self, manifest: Manifest, now: Millis) -> None:
        paths = manifest.paths() | {gone.path for gone in manifest.superseded}
        known = {key for path in paths for key in self._keys(path)}
        for entry in self._store.list(SNAPSHOTS.strip("/") + "/"):
            if entry.key not in known and entry.modified < now - _ORPHAN_MS:
                self._store.delete(entry.key)

    def _ensure_current(self, etag: str | None) -> None:
        """A worker that slept on its lease must not put old versions over newer ones."""
        present = self._store.head(self._key(PATH, None))
        if present is None or present.etag != etag:
            raise LeaseLost("another worker has written a manifest meanwhile", where=PATH)

    def _keys(self, path: str) -> set[str]:
        return {self._key(path, encoding) for encoding in REPRESENTATIONS}

    def _key(self, path: str, encoding: Encoding | None) -> str:
        return self._store.name(path.removeprefix("/"), encoding)
