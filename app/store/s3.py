"""A store in a bucket of S3 or of something that speaks its protocol (`endpoint_url`).

A gzip representation of the path `x.json` is the object `x.json` with `Content-Encoding: gzip` (every HTTP client reads it, and a
CDN serves the path as it is); zstd is the object `x.json.zst`. Each object carries its SHA-256 as metadata, by which an upload of
what is there already is skipped and a conditional write whose answer was lost is recognised as done.
Credentials come from the environment, as for every boto3 program.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import md5, sha256
from io import BytesIO
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, NotRequired, TypedDict, cast

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from app.clock import to_millis
from app.errors import StoreConflict, StoreError
from app.store.base import CHUNK, SUFFIX, Encoding, Entry, Fetched, Label, Store, Stored, checked

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_SHA256 = "sha256"
_ABSENT = ("404", "NoSuchKey", "NotFound")
_CONFLICT = ("412", "PreconditionFailed", "ConditionalRequestConflict")
_REMEDIES = {
    "NoSuchBucket": "Create the bucket, or correct `store.s3.bucket`",
    "InvalidRequest": "Give the bucket Object Lock, or leave out `ledger.object_lock_days`",
    "AccessDenied": "Allow s3:GetObject, s3:PutObject, s3:DeleteObject on the objects and s3:ListBucket on the bucket",
    "403": "Allow s3:GetObject, s3:PutObject, s3:DeleteObject on the objects and s3:ListBucket on the bucket",
    "InvalidAccessKeyId": "Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    "SignatureDoesNotMatch": "Check AWS_SECRET_ACCESS_KEY and `store.s3.region`",
    "PermanentRedirect": "Set `store.s3.region` to the bucket's region",
}


class _Headers(TypedDict):
    """How a label is written on an object."""

    ContentType: str
    ContentEncoding: NotRequired[str]
    CacheControl: str
    Metadata: dict[str, str]


class _Lock(TypedDict, total=False):
    ObjectLockMode: Literal["COMPLIANCE"]
    ObjectLockRetainUntilDate: datetime


class _Condition(TypedDict, total=False):
    IfMatch: str
    IfNoneMatch: str


class S3Store(Store):
    def __init__(
        self,
        bucket: str,
        prefix: str = "",
        *,
        endpoint_url: str | None = None,
        region: str | None = None,
        connect_timeout: float = 5,
        read_timeout: float = 30,
        attempts: int = 5,
        pause: float = 0,
    ) -> None:
        """Connects on first use. A request is tried `attempts` times, with growing pauses, before StoreError. Then nobody but one
        asks again every `pause` seconds, and the others get StoreError at once, until it has answered."""
        self._bucket = bucket
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self._pause = pause
        self._silent, self._due = "", 0.0
        """Why it did not answer the last time, and when (monotonic) it is asked again."""
        self._client: S3Client = boto3.client(
            "s3",
            endpoint_url=endpoint_url,
            region_name=region,
            config=Config(
                connect_timeout=connect_timeout,
                read_timeout=read_timeout,
                retries={"mode": "standard", "total_max_attempts": attempts},
                # Stores that only speak like S3 do not know the newer checksum trailers; Content-MD5 they do.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )

    def name(self, path: str, encoding: Encoding | None) -> str:
        return path if encoding is Encoding.GZIP else path + SUFFIX[encoding]

    def put(self, key: str, body: bytes | BinaryIO, label: Label) -> Stored:
        """Uploads nothing where the same content is there with the same label."""
        source = BytesIO(body) if isinstance(body, bytes) else body
        digest, content_md5, size = _digests(source)
        headers = _headers(label, digest)
        present = self._head(key)
        if present is not None and present[1] == headers:
            return present[0]
        source.seek(0)
        with self._errors(key):
            answer = self._client.put_object(
                Bucket=self._bucket,
                Key=self._key(key),
                Body=source,
                ContentLength=size,
                ContentMD5=content_md5,
                **headers,
                **_lock(label),
            )
        return Stored(key, self._etag(answer, key), size)

    def put_if_match(self, key: str, body: bytes, label: Label, etag: str | None) -> Stored:
        digest, content_md5, size = _digests(BytesIO(body))
        condition: _Condition = {"IfNoneMatch": "*"} if etag is None else {"IfMatch": f'"{etag}"'}
        try:
            with self._errors(key):
                answer = self._client.put_object(
                    Bucket=self._bucket,
                    Key=self._key(key),
                    Body=body,
                    ContentMD5=content_md5,
                    **condition,
                    **_headers(label, digest),
                )
        except StoreConflict:
            present = self._head(key)
            if present is not None and present[1]["Metadata"].get(_SHA256) == digest:
                return present[0]  # the answer to our own write was lost, and the client tried again
            raise
        return Stored(key, self._etag(answer, key), size)

    def copy(self, source: str, target: str, label: Label) -> Stored:
        """Inside the bucket: no bytes travel."""
        found = self._head(source)
        if found is None:
            raise StoreError("there is no such object to copy", where=self._where(source))
        stored, headers = found
        with self._errors(target):
            answer = self._client.copy_object(
                Bucket=self._bucket,
                Key=self._key(target),
                CopySource={"Bucket": self._bucket, "Key": self._key(source)},
                MetadataDirective="REPLACE",
                **_headers(label, headers["Metadata"].get(_SHA256, "")),
            )
        return Stored(target, self._etag(answer.get("CopyObjectResult", {}), target), stored.size)

    def get(self, key: str) -> Fetched | None:
        try:
            with self._errors(key):
                answer = self._client.get_object(Bucket=self._bucket, Key=self._key(key))
        except _Absent:
            return None
        stored = Stored(key, self._etag(answer, key), answer["ContentLength"])
        return _Download(stored, cast("BinaryIO", answer["Body"]), self._where(key))

    def head(self, key: str) -> Stored | None:
        found = self._head(key)
        return found[0] if found else None

    def list(self, prefix: str) -> Iterator[Entry]:
        pages = self._client.get_paginator("list_objects_v2")
        with self._errors(prefix):
            for page in pages.paginate(Bucket=self._bucket, Prefix=self._prefix + prefix):
                for item in page.get("Contents", ()):
                    key = item["Key"].removeprefix(self._prefix)
                    yield Entry(key, item["Size"], to_millis(item["LastModified"]))

    def delete(self, key: str) -> None:
        with self._errors(key):
            self._client.delete_object(Bucket=self._bucket, Key=self._key(key))

    def _head(self, key: str) -> tuple[Stored, _Headers] | None:
        try:
            with self._errors(key):
                answer = self._client.head_object(Bucket=self._bucket, Key=self._key(key))
        except _Absent:
            return None
        headers: _Headers = {
            "ContentType": answer.get("ContentType", ""),
            "CacheControl": answer.get("CacheControl", ""),
            "Metadata": answer.get("Metadata", {}),
        }
        if encoding := answer.get("ContentEncoding"):
            headers["ContentEncoding"] = encoding
        return Stored(key, self._etag(answer, key), answer["ContentLength"]), headers

    def _key(self, key: str) -> str:
        return self._prefix + checked(key)

    def _where(self, key: str) -> str:
        return f"s3://{self._bucket}/{self._prefix}{key}"

    def _etag(self, answer: Mapping[str, Any], key: str) -> str:
        """Without quotes. Raises StoreError where the headers broke off before it, which nobody else notices."""
        found = answer.get("ETag")
        if found is None:
            raise StoreError("the answer broke off", where=self._where(key))
        return str(found).strip('"')

    def _ask(self, key: str) -> None:
        if self._silent:
            if time.monotonic() < self._due:
                raise StoreError(self._silent, where=self._where(key))
            self._due = time.monotonic() + self._pause

    def _is_silent(self, why: str) -> None:
        if self._pause:
            self._silent, self._due = why, time.monotonic() + self._pause

    @contextmanager
    def _errors(self, key: str) -> Iterator[None]:
        self._ask(key)
        try:
            yield
            self._silent = ""
        except ClientError as error:
            if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500:
                self._is_silent(str(error))
            else:
                self._silent = ""
            code = str(error.response.get("Error", {}).get("Code", ""))
            if code in _ABSENT:
                raise _Absent("there is no such object", where=self._where(key)) from error
            if code in _CONFLICT:
                raise StoreConflict("someone else has written it meanwhile", where=self._where(key)) from error
            raise StoreError(str(error), where=self._where(key), remedy=_REMEDIES.get(code, "")) from error
        except BotoCoreError as error:
            self._is_silent(str(error))
            remedy = "Check `store.s3.endpoint_url`, the network and the credentials in the environment"
            raise StoreError(str(error), where=self._where(key), remedy=remedy) from error


class _Absent(StoreConflict):
    """404: for a conditional write, a conflict too (the object to match has been deleted)."""


class _Download(Fetched):
    """A body whose connection may break half way."""

    def __init__(self, stored: Stored, body: BinaryIO, where: str) -> None:
        super().__init__(stored, body)
        self._where = where

    def _read(self, size: int) -> bytes:
        try:
            return super()._read(size)
        except (BotoCoreError, OSError) as error:
            raise StoreError(f"the download broke off: {error}", where=self._where) from error


def _headers(label: Label, digest: str) -> _Headers:
    headers: _Headers = {
        "ContentType": label.media_type,
        "CacheControl": label.cache_control,
        "Metadata": {_SHA256: digest},
    }
    if label.encoding is not None:
        headers["ContentEncoding"] = label.encoding.value
    return headers


def _lock(label: Label) -> _Lock:
    if label.lock_days is None:
        return {}
    until = datetime.now(UTC) + timedelta(days=label.lock_days)
    return {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": until}


def _digests(source: BinaryIO) -> tuple[str, str, int]:
    """SHA-256 in hex, MD5 in Base64 (Content-MD5, which every S3 checks), size."""
    whole, transport, size = sha256(), md5(usedforsecurity=False), 0
    source.seek(0)
    while chunk := source.read(CHUNK):
        whole.update(chunk)
        transport.update(chunk)
        size += len(chunk)
    return whole.hexdigest(), base64.b64encode(transport.digest()).decode(), size
