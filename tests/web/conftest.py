from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from app.web.application import create_app
from tests.web.network import Network, Reader, granian, make_network
from tests.web.page import Page
from tests.web.priced import make_priced


@pytest.fixture(scope="session")
def network(tmp_path_factory: pytest.TempPathFactory) -> Network:
    """A demo network of two blocks of locations, and some odd ones. Tests may change statuses, not what stands where."""
    network = make_network(tmp_path_factory.mktemp("network"), locations=130, odd=True)
    network.pull()
    network.snapshot()
    network.seal()
    return network


@pytest.fixture(scope="session")
def reader(network: Network) -> Iterator[Reader]:
    """Reads from a real server process."""
    with granian(network):
        yield Reader(network.settings.web.url)


@pytest.fixture(scope="session")
def priced(tmp_path_factory: pytest.TempPathFactory) -> Network:
    """A small network whose prices changed, under a sealed log."""
    return make_priced(tmp_path_factory.mktemp("priced"))


@pytest.fixture(scope="session")
def priced_site(priced: Network) -> Flask:
    return create_app(priced.settings)


@pytest.fixture
def get(priced_site: Flask) -> Callable[..., Page]:
    """A page of the priced network, as a browser asks for it."""

    def answer(path: str, status: int = 200) -> Page:
        response = priced_site.test_client().get(path, headers={"Accept": "text/html"})
        assert response.status_code == status, response.text
        return Page(response.text)

    return answer


@pytest.fixture
def empty(tmp_path: Path) -> Network:
    """A network nobody has pulled yet."""
    return make_network(tmp_path, locations=5)


@pytest.fixture
def application(empty: Network) -> Flask:
    """Over a network nobody has pulled yet; in this process, for what a server process hides."""
    return create_app(empty.settings)
