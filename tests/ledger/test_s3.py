"""The log in a bucket: what is full is locked, where the bucket can."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import boto3
import pytest

from app.errors import StoreError
from app.ledger import rows
from app.ledger.entries import EntryKind, Times
from app.ledger.sealing import Sealer
from app.ledger.tiles import WIDTH
from app.registry.database import migrate, open_engine, writing
from app.store.s3 import S3Store
from tests.ledger.conftest import KEY, Log
from tests.store.conftest import REGION, bucket, credentials, moto_server

__all__ = ["bucket", "credentials", "moto_server"]


@pytest.fixture
def engine(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path}/feed.db")
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def client(moto_server, credentials):
    return boto3.client("s3", endpoint_url=moto_server.url, region_name=REGION)


@pytest.fixture
def locking(client):
    where = {"LocationConstraint": REGION}
    client.create_bucket(Bucket="locking", CreateBucketConfiguration=where, ObjectLockEnabledForBucket=True)
    return "locking"


def log_in(name, moto_server, engine, clock, lock_days):
    log = Log(engine, S3Store(name, endpoint_url=moto_server.url, region=REGION), clock)
    log.sealer = Sealer(engine, log.store, (KEY,), clock, lock_days)
    return log


def manifests(log, number):
    """That many of them at once."""
    with writing(log.engine) as connection:
        for one in range(number):
            rows.wait(connection, EntryKind.MANIFEST, f"{one:064x}", Times("e", 1, log.clock.now()))


def locked(client, name, key):
    """Until when nobody can delete it; None: it is not locked."""
    found = client.head_object(Bucket=name, Key=f"ledger/{key}")
    assert found.get("ObjectLockMode") in ("COMPLIANCE", None)
    return found.get("ObjectLockRetainUntilDate")


def test_full_tiles_and_bundles_are_locked_and_nothing_else(client, locking, moto_server, engine, clock):
    log = log_in(locking, moto_server, engine, clock, 2557)
    manifests(log, WIDTH - 1)
    assert log.seal() == WIDTH - 1
    assert locked(client, locking, "tile/0/000.p/255") is None
    manifests(log, 2)
    log.seal()
    log.restart()
    assert log.seal() == 0
    assert len(log.entries()) == log.checkpoint().size == WIDTH + 1
    for key in ("tile/0/000", "tile/entries/000"):
        assert locked(client, locking, key) > datetime.now(UTC) + timedelta(days=2556)
    for key in ("checkpoint", "keys", "tile/0/001.p/1", "tile/entries/001.p/1"):
        assert locked(client, locking, key) is None


def test_a_bucket_without_object_lock_is_named_with_a_remedy(bucket, moto_server, engine, clock):
    log = log_in(bucket, moto_server, engine, clock, 1)
    manifests(log, WIDTH)
    with pytest.raises(StoreError, match="leave out `ledger"):
        log.seal()
    log.restart()
    log.seal()
    assert len(log.entries()) == WIDTH
