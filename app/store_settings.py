"""The part `store` of the settings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from pydantic import Field, model_validator

from app.model.part import Part
from app.setting_kinds import Url
from app.store.base import Store as OpenStore
from app.store.directory import DirectoryStore


class S3(Part):
    bucket: str = Field(min_length=3, max_length=63)
    """Credentials come from the environment or the machine, as for every boto3 program."""
    prefix: str = ""
    """What every key begins with."""
    endpoint_url: Url | None = None
    """Of a store that is not Amazon's."""
    region: str | None = None
    """Where the bucket is; None: as boto3 finds it."""


_SOON: Mapping[str, Any] = {"connect_timeout": 2, "read_timeout": 3, "attempts": 2, "pause": 5}


class Store(Part):
    directory: Path | None = None
    """A folder for the snapshots …"""
    s3: S3 | None = None
    """… or a bucket."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.directory is None) == (self.s3 is None):
            raise ValueError("give `directory` or `s3`, and just one of them")
        return self

    def open(self, *, waited_for: bool = False) -> OpenStore:
        """The store itself. A folder is made where there is none. `waited_for`: by people, of whom a silent bucket keeps one or
        two waiting for some seconds, and the others not at all."""
        if self.s3 is not None:
            from app.store.s3 import S3Store  # boto3 takes longer to import than everything else

            patience = _SOON if waited_for else {}
            where = self.s3.model_dump(exclude={"bucket"})
            return S3Store(self.s3.bucket, **where, **patience)
        assert self.directory is not None
        return DirectoryStore(self.directory)
