"""Backends to pull from, and sources that pull them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from app.clock import ManualClock, SystemClock
from app.marked_yaml import read_marked
from app.sources.rest import RestSettings, RestSource
from tests import rest_backend as backends
from tests.rest_backend import RestBackend

OWN = Path(__file__).parent / "own.yaml"
KINDS: dict[str, dict[str, Any]] = {
    "ampeco": {"pages": backends.ampeco, "header": "Authorization", "secret": "Bearer s3cret"},
    "chargecloud": {"pages": backends.chargecloud, "header": "X-Api-Key", "secret": "s3cret"},
    "monta": {"pages": backends.monta, "header": "Authorization", "secret": "Bearer none yet", "log_in": "/auth/token"},
    "ocpp-core": {"pages": backends.whole, "header": "X-API-Key", "secret": "s3cret"},
    "own": {"pages": backends.offset, "header": "Authorization", "secret": "Bearer s3cret"},
}
CREDENTIALS: dict[str, dict[str, Any]] = {"monta": {"client_id": "client", "client_secret": "s3cret"}}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(SystemClock().now())


@pytest.fixture
def serve() -> Iterator[Callable[..., RestBackend]]:
    """A backend by the name of its folder."""
    with ExitStack() as stack:
        yield lambda name, **script: stack.enter_context(RestBackend(name, **{**KINDS[name], **script}))


@pytest.fixture
def source(clock: ManualClock) -> Callable[..., RestSource]:
    """A source of a running backend: the shipped description, or for `own` that of own.yaml."""

    def make(backend: RestBackend, **settings: Any) -> RestSource:
        described = {"describes": describes()} if backend.name == "own" else {"backend": backend.name}
        credentials = CREDENTIALS.get(backend.name, {"token": "s3cret"})
        owner = {"country_code": "BE", "party_id": "OWN"}
        given = {"name": "fleet", "url": backend.base, "retry_wait": 0, **owner, **credentials, **described, **settings}
        return RestSource(RestSettings.model_validate(given), clock)

    return make


def describes(**changes: Any) -> dict[str, Any]:
    """The description in own.yaml, with some of its parts changed."""
    return {**read_marked(OWN, {}).data, **changes}
