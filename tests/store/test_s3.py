"""What is special about a bucket: labels, skipped uploads, and a network that breaks."""

from __future__ import annotations

from contextlib import suppress

import boto3
import pytest

from app.errors import StoreConflict, StoreError
from app.store.base import Encoding, Label
from app.store.s3 import S3Store
from tests.processes import wait_for
from tests.store.conftest import REGION
from tests.store.servers import Fault, FaultyProxy, MotoServer

JSON = Label("application/json")
PACKED = Label("application/json", Encoding.GZIP, "public, max-age=10")


def test_a_label_is_told_to_every_reader(s3: S3Store, bucket: str, moto_server: MotoServer) -> None:
    s3.put(s3.name("open/a.json", Encoding.GZIP), b"packed", PACKED)
    client = boto3.client("s3", endpoint_url=moto_server.url, region_name=REGION)
    answer = client.head_object(Bucket=bucket, Key="feeds/one/open/a.json")
    assert answer["ContentType"] == "application/json"
    assert answer["ContentEncoding"] == "gzip"
    assert answer["CacheControl"] == "public, max-age=10"


def test_a_copy_gets_its_own_label(s3: S3Store, bucket: str, moto_server: MotoServer) -> None:
    s3.put("open/snapshots/1.json", b"packed", Label("application/json", Encoding.GZIP, "immutable"))
    s3.copy("open/snapshots/1.json", "open/a.json", PACKED)
    client = boto3.client("s3", endpoint_url=moto_server.url, region_name=REGION)
    answer = client.head_object(Bucket=bucket, Key="feeds/one/open/a.json")
    assert (answer["CacheControl"], answer["ContentEncoding"]) == ("public, max-age=10", "gzip")


def test_names_are_what_a_cdn_serves(s3: S3Store) -> None:
    assert s3.name("open/a.json", Encoding.GZIP) == "open/a.json"
    assert s3.name("open/a.json", Encoding.ZSTD) == "open/a.json.zst"


def test_what_is_there_already_is_not_uploaded_again(s3: S3Store, proxy: FaultyProxy) -> None:
    first = s3.put("open/a", b"1", JSON)
    assert s3.put("open/a", b"1", JSON) == first
    assert len(proxy.written()) == 1
    s3.put("open/a", b"1", PACKED)
    assert len(proxy.written()) == 2


def test_a_list_goes_over_several_pages(s3: S3Store, bucket: str, moto_server: MotoServer) -> None:
    client = boto3.client("s3", endpoint_url=moto_server.url, region_name=REGION)
    for number in range(1003):
        client.put_object(Bucket=bucket, Key=f"feeds/one/open/{number:04}", Body=b"")
    assert [entry.key for entry in s3.list("open/")] == [f"open/{number:04}" for number in range(1003)]


@pytest.mark.parametrize("breakage", ["500", "503", "lose request", "lose answer"])
def test_a_request_that_fails_once_is_repeated(s3: S3Store, proxy: FaultyProxy, breakage: str) -> None:
    proxy.faults = [Fault(method, breakage, times=1) for method in ("PUT", "HEAD", "GET")]  # type: ignore[arg-type]
    s3.put("open/a", b"1", JSON)
    assert s3.get("open/a").read() == b"1"  # type: ignore[union-attr]


def test_a_conditional_write_whose_answer_was_lost_succeeds(s3: S3Store, proxy: FaultyProxy) -> None:
    first = s3.put_if_match("open/m", b"1", JSON, None)
    proxy.faults = [Fault("PUT", "lose answer", times=1)]
    second = s3.put_if_match("open/m", b"2", JSON, first.etag)
    assert s3.head("open/m") == second
    with pytest.raises(StoreConflict):
        s3.put_if_match("open/m", b"3", JSON, first.etag)


@pytest.mark.parametrize("breakage", ["500", "lose request"])
def test_a_server_that_stays_broken_is_named(s3: S3Store, proxy: FaultyProxy, bucket: str, breakage: str) -> None:
    proxy.faults = [Fault("PUT", breakage)]  # type: ignore[arg-type]
    with pytest.raises(StoreError, match=f"s3://{bucket}/feeds/one/open/a: "):
        s3.put("open/a", b"1", JSON)
    assert s3.head("open/a") is None


def test_a_download_that_breaks_off_is_an_error_not_a_short_object(s3: S3Store, proxy: FaultyProxy) -> None:
    s3.put("open/a", b"x" * 1_000_000, JSON)
    proxy.faults = [Fault("GET", "cut answer")]
    fetched = s3.get("open/a")
    assert fetched is not None
    with pytest.raises(StoreError, match="broke off"):
        fetched.read()


def test_headers_that_break_off_are_an_error(s3: S3Store, proxy: FaultyProxy) -> None:
    s3.put("open/a", b"1", JSON)
    proxy.faults = [Fault("*", "cut headers")]
    with pytest.raises(StoreError, match="broke off"):
        s3.get("open/a")
    with pytest.raises(StoreError, match="broke off"):
        s3.put_if_match("open/b", b"1", JSON, None)


@pytest.mark.parametrize("breakage", ["503", "lose request"])
def test_a_bucket_that_is_silent_is_asked_now_and_then(bucket: str, proxy: FaultyProxy, breakage: str) -> None:
    store = S3Store(bucket, endpoint_url=proxy.url, region=REGION, attempts=1, pause=0.2)
    proxy.faults = [Fault("*", breakage)]  # type: ignore[arg-type]
    for _ in range(3):
        with pytest.raises(StoreError, match=f"s3://{bucket}/open/a: "):
            store.head("open/a")
    assert len(proxy.seen) == 1
    proxy.faults = []
    wait_for(lambda: is_there(store, "open/a"), 5)
    assert store.head("open/a") is None


def is_there(store: S3Store, key: str) -> bool:
    with suppress(StoreError):
        store.head(key)
        return True
    return False


def test_a_missing_bucket_has_a_remedy(credentials: None, moto_server: MotoServer) -> None:
    store = S3Store("no-such-bucket", endpoint_url=moto_server.url, region=REGION)
    with pytest.raises(StoreError, match="Create the bucket"):
        store.put_if_match("open/a", b"1", JSON, None)
    with pytest.raises(StoreError, match="Create the bucket"):
        list(store.list("open/"))


def test_a_server_that_is_not_there_has_a_remedy(credentials: None) -> None:
    store = S3Store("bucket", endpoint_url="http://127.0.0.1:1", region=REGION, attempts=1)
    with pytest.raises(StoreError, match="endpoint_url"):
        store.head("open/a")
