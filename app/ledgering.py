"""The ledger of a worker: its keys, what it seals with, and the manifests that are handed to it."""

from __future__ import annotations

import time
from functools import partial
from hashlib import sha256

import structlog
from sqlalchemy import Engine

from app.clock import parse_time
from app.ledger.keys import make_key, read_keys
from app.ledger.note import Signer
from app.ledger.sealing import Sealer
from app.ledger.sequencing import note_manifest
from app.ledger.shelf import Shelf
from app.publish.manifest import PATH, read_manifest
from app.registry.apply import Registry
from app.registry.leases import Lease
from app.settings import Settings
from app.store.base import Store
from app.witnessing import Witness, cosigned

log = structlog.get_logger()


class LedgerDuty:
    """Seals what is new, every so often."""

    def __init__(self, settings: Settings, registry: Registry, store: Store) -> None:
        self._settings = settings
        self._registry = registry
        self._store = store
        self._sealer: Sealer | None = None
        self._witnesses = [Witness(each.url, each.key) for each in settings.ledger.witnesses]
        self._witnessed = False
        self._due = 0.0

    def __call__(self, lease: Lease) -> None:
        if time.monotonic() < self._due:
            return
        self._due = time.monotonic() + self._settings.ledger.every
        if self._sealer is None:
            keys = signing_keys(self._settings)
            lock = self._settings.ledger.object_lock_days
            self._sealer = Sealer(self._registry.engine, self._store, keys, self._registry.clock, lock)
        entries = self._sealer(lease)
        if entries:
            log.info("ledger sealed", entries=entries)
        if self._witnesses and (entries or not self._witnessed):
            signatures = self._sealer.cosign(partial(cosigned, self._witnesses))
            self._witnessed = signatures == len(self._witnesses)


def signing_keys(settings: Settings) -> tuple[Signer, ...]:
    """Those of the settings' file. It is made where no log has begun: later only a backup helps. Raises LedgerError."""
    path, origin = settings.ledger.key, settings.ledger_origin()
    if not path.exists() and Shelf(settings.store.open()).read_checkpoint() is None:
        key = make_key(path, origin)
        log.warning("ledger key made; keep a copy in a safe place", file=str(path), public_key=key.verifier.text)
    return read_keys(path)


class Manifests:
    """Hands the hash of each manifest to the ledger; also of the one that a worker before wrote and may not have handed on."""

    def __init__(self, engine: Engine, store: Store) -> None:
        self._engine = engine
        self._store = store
        self._key = store.name(PATH.removeprefix("/"), None)
        self._handed: str | None = None

    def hand_on(self) -> None:
        """The one that stands in the store, where it is another than the last time."""
        fetched = self._store.get(self._key)
        if fetched is None:
            return
        with fetched:
            if fetched.stored.etag == self._handed:
                return
            body = fetched.read()
        manifest = read_manifest(body)
        published_at = parse_time(manifest.generated)
        note_manifest(self._engine, sha256(body).hexdigest(), manifest.epoch, manifest.sequence, published_at)
        self._handed = fetched.stored.etag
