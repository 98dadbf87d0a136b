"""Backup and restore of an installation: what cannot be made again from the backend.

A backup is a folder: the database as of one moment, the private database, the files with private keys, the settings, a list of
what the store held, and `backup.json` with the hash of each; it is written last, so that a backup without it is none. It is taken
while everything runs. Secrets of the environment are not in it.

After a restore

1. the feed begins a new life (`epoch`): readers by sequence start again, and destinations are told everything once, since nobody
   knows what they heard from the life before;
2. the ledger goes on where it is published: entries that the backup is too old to have are read back from the store, and what
   is unchanged is not said again (`ledger/sealing`);
3. nobody holds a lease.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import uuid
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from hashlib import file_digest
from pathlib import Path

from sqlalchemy import MetaData, delete, inspect, select, text, update
from sqlalchemy.engine import make_url

import app.delivery.tables
import app.ledger.tables
import app.registry.evaluation.tables
import app.roaming.tables  # noqa: F401  (all that there are, in one metadata)
from app import __version__
from app.clock import Millis, format_time
from app.errors import BackupError, LeaseLost
from app.registry.database import migrate, open_engine, reading, revision, sqlite_file, writing
from app.registry.leases import WORKER, Leases
from app.registry.private.tables import metadata as private_metadata
from app.registry.private.tables import session as private_session
from app.registry.tables import feed_head, lease, metadata
from app.secret_files import secret_files
from app.settings import Settings

ABOUT, STORE, KEYS, SETTINGS = "backup.json", "store.tsv", "keys", "settings.yaml"
DATABASE, PRIVATE = "database", "private"
PRIVATE_TABLES = "*.private_*"


@dataclass(frozen=True, slots=True)
class Backup:
    """What `backup.json` says."""

    version: str
    """Of chargefeed."""
    made: str
    revision: str
    """Of the tables."""
    epoch: str
    sequence: int
    files: dict[str, str]
    """Name → SHA-256."""
    keys: dict[str, str]
    """Name in the backup → path that the settings gave it."""


def back_up(settings: Settings, config: Path, target: Path, now: Millis) -> Path:
    """Writes a folder of its own below `target`, and returns it. Raises BackupError, RegistryError, StoreError."""
    try:
        return _back_up(settings, config, target, now)
    except OSError as error:
        raise BackupError(f"cannot be saved: {error.strerror}", where=str(error.filename or target)) from error


def _back_up(settings: Settings, config: Path, target: Path, now: Millis) -> Path:
    there, epoch, sequence = _state(settings.database)
    folder = target / f"chargefeed-{format_time(now)[:19].replace(':', '')}Z"
    folder.mkdir(parents=True, mode=0o700)
    private = settings.private
    apart = ["--exclude-schema", private.postgres_schema] if private and private.postgres_schema else []
    _dump(settings.database, folder / DATABASE, ["--exclude-table", PRIVATE_TABLES, *apart])
    if private is not None and _is_there(private.database):
        _dump(private.database, folder / PRIVATE, ["--table", f"{private.postgres_schema or '*'}.{PRIVATE_TABLES[2:]}"])
    shutil.copy(config, folder / SETTINGS)
    keys = _copy_keys(settings, folder)
    listing = (
        f"{entry.key}\t{entry.size}\t{format_time(entry.modified)}\n" for entry in settings.store.open().list("")
    )
    (folder / STORE).write_text("".join(listing))
    files = {str(path.relative_to(folder)): _hash(path) for path in sorted(folder.rglob("*")) if path.is_file()}
    about = Backup(__version__, format_time(now), there, epoch, sequence, files, keys)
    (folder / ABOUT).write_text(json.dumps(asdict(about), indent=1) + "\n")
    return folder


def _state(url: str) -> tuple[str, str, int]:
    """(revision of the tables, epoch, sequence). Raises BackupError where there is nothing."""
    engine = open_engine(url)
    there = revision(engine) if _is_there(url) else None
    if there is None:
        where = engine.url.render_as_string(hide_password=True)
        raise BackupError("there is no database", where=where, remedy="Is `database` what the workers have?")
    with reading(engine) as connection:
        head = connection.execute(select(feed_head.c.epoch, feed_head.c.seq)).one()
    engine.dispose()
    return there, head.epoch, head.seq


def restore(settings: Settings, folder: Path, *, force: bool = False) -> Backup:
    """Puts database and keys where the settings say. With `force` in place of what is there; else what is there is a BackupError.

    Raises LeaseLost where workers are at work, BackupError where the backup is not whole.
    """
    about = read_backup(folder)
    targets = _key_targets(settings, about)
    if not force:
        _must_be_free(settings, folder, targets)
    _nobody_at_work(settings.database)
    _load(settings.database, folder / DATABASE, metadata, None)
    if settings.private is not None and (folder / PRIVATE).exists():
        _load(settings.private.database, folder / PRIVATE, private_metadata, settings.private.postgres_schema)
    for name, path in targets.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write((folder / KEYS / name).read_bytes())
    _begin_anew(settings.database)
    return about


def read_backup(folder: Path) -> Backup:
    """Raises BackupError where it is none, or a file of it is missing or was changed."""
    try:
        about = Backup(**json.loads((folder / ABOUT).read_text()))
    except (OSError, ValueError, TypeError) as error:
        raise BackupError("this is no whole backup", where=str(folder / ABOUT), remedy="Take an earlier one") from error
    for name, expected in about.files.items():
        path = folder / name
        if not path.is_file() or _hash(path) != expected:
            raise BackupError("missing, or not as it was written", where=str(path), remedy="Take another backup")
    return about


def _begin_anew(url: str) -> None:
    engine = open_engine(url)
    migrate(engine)
    with writing(engine) as connection:
        connection.execute(update(feed_head).values(epoch=uuid.uuid4().hex))
        connection.execute(delete(lease))
    engine.dispose()


def _nobody_at_work(url: str) -> None:
    if not _is_there(url):
        return
    engine = open_engine(url)
    at_work = list(Leases(engine, "").held(WORKER).values()) if revision(engine) else []
    engine.dispose()
    if at_work:
        raise LeaseLost("workers are at work on this database", where=", ".join(at_work), remedy="Stop them all first")


# databases


def _is_there(url: str) -> bool:
    """No SQLite file is made by looking."""
    path = sqlite_file(url)
    return path is None or path.exists()


def _dump(url: str, target: Path, chosen: Sequence[str]) -> None:
    path = sqlite_file(url)
    if path is None:
        _postgres("pg_dump", url, "--format=custom", "--no-owner", "--no-privileges", *chosen, f"--file={target}")
        return
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)


def _load(url: str, dump: Path, tables: MetaData, schema: str | None) -> None:
    path = sqlite_file(url)
    if path is None:
        _drop(url, tables, schema)
        _postgres("pg_restore", url, "--no-owner", "--single-transaction", "--exit-on-error", str(dump))
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    for ending in ("", "-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
    shutil.copy(dump, path)
    path.chmod(0o600)


def _drop(url: str, tables: MetaData, schema: str | None) -> None:
    """Of chargefeed alone: others may have theirs beside them."""
    engine = open_engine(url).execution_options(schema_translate_map={None: schema})
    with writing(engine) as connection:
        tables.drop_all(connection)
        if tables is metadata:
            connection.execute(text("DROP TABLE IF EXISTS alembic_version"))
    engine.dispose()


def _postgres(program: str, url: str, *arguments: str) -> None:
    """Raises BackupError. The password goes by the environment: others on the machine may read command lines."""
    parsed = make_url(url)
    name = parsed.set(drivername="postgresql", password="").render_as_string(hide_password=False)
    environment = {**os.environ, **({"PGPASSWORD": str(parsed.password)} if parsed.password else {})}
    try:
        done = subprocess.run(
            [program, f"--dbname={name}", *arguments], env=environment, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise BackupError(f"{program} is missing", remedy="Debian: apt-get install postgresql-client") from None
    if done.returncode:
        remedy = "Its version must not be older than the server's, and the role must be allowed to"
        raise BackupError(done.stderr.strip().splitlines()[-1], where=program, remedy=remedy)


# keys


def _copy_keys(settings: Settings, folder: Path) -> dict[str, str]:
    (folder / KEYS).mkdir()
    found = {f"{number}-{path.name}": path for number, path in enumerate(secret_files(settings))}
    for name, path in found.items():
        shutil.copyfile(path, folder / KEYS / name)
    return {name: str(path) for name, path in found.items()}


def _key_targets(settings: Settings, about: Backup) -> dict[str, Path]:
    """Where each belongs: chargefeed's own where the settings say now, the others where they were."""
    own = {path.name: path for path in (settings.ledger.key, settings.roaming.key)}
    return {name: own.get(Path(was).name, Path(was)) for name, was in about.keys.items()}


def _must_be_free(settings: Settings, folder: Path, targets: Mapping[str, Path]) -> None:
    """Raises BackupError where something else would be overwritten."""
    remedy = "--force replaces it; what is there is lost then"
    held: list[tuple[str, str, str | None]] = [(settings.database, feed_head.name, None)]
    if settings.private is not None:
        held.append((settings.private.database, private_session.name, settings.private.postgres_schema))
    for url, table, schema in held:
        if _is_there(url):
            engine = open_engine(url)
            there = inspect(engine).has_table(table, schema)
            engine.dispose()
            if there:
                where = engine.url.render_as_string(hide_password=True)
                raise BackupError("there is a database already", where=where, remedy=remedy)
    for name, path in targets.items():
        if path.exists() and path.read_bytes() != (folder / KEYS / name).read_bytes():
            raise BackupError("there is another key already", where=str(path), remedy=remedy)


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
