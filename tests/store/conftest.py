from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from app.store.base import Store
from app.store.directory import DirectoryStore
from app.store.s3 import S3Store
from tests.store.servers import FaultyProxy, MotoServer

REGION = "eu-central-1"


@pytest.fixture(scope="session")
def moto_server() -> Iterator[MotoServer]:
    server = MotoServer()
    yield server
    server.stop()


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")


@pytest.fixture
def bucket(moto_server: MotoServer, credentials: None, request: pytest.FixtureRequest) -> str:
    """The name of an empty bucket of this test alone."""
    name = f"feed-{abs(hash(request.node.nodeid)):x}"
    client = boto3.client("s3", endpoint_url=moto_server.url, region_name=REGION)
    client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    return name


@pytest.fixture
def proxy(moto_server: MotoServer) -> Iterator[FaultyProxy]:
    proxy = FaultyProxy(moto_server.port)
    yield proxy
    proxy.stop()


@pytest.fixture
def s3(bucket: str, proxy: FaultyProxy) -> S3Store:
    """Behind the proxy; two attempts a request."""
    return S3Store(bucket, "feeds/one", endpoint_url=proxy.url, region=REGION, attempts=2)


@pytest.fixture
def directory(tmp_path: Path) -> DirectoryStore:
    return DirectoryStore(tmp_path / "public")


@pytest.fixture(params=["directory", "s3"])
def store(request: pytest.FixtureRequest) -> Store:
    return request.getfixturevalue(request.param)
