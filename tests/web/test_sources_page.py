"""`/sources` tells everybody how fresh things are and nobody where they come from; `/admin/sources` tells a person what to do."""

from __future__ import annotations

import pytest
import yaml
from flask.testing import FlaskClient

from app.errors import SourceError
from app.model.batch import Kind
from app.settings import load
from app.web.application import create_app
from tests.web.network import Network, make_network
from tests.web.page import Page

TOKEN = "a-token-for-the-administration"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
SECRET = "https://user:secret@backend.example"


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Network:
    """A source that fails, and one that never said anything."""
    network = make_network(tmp_path_factory.mktemp("sources"), locations=3)
    network.pull()
    network.registry.failed("demo", Kind.STATUSES, SourceError("no answer", where=SECRET))
    config = yaml.safe_load(network.config.read_text())
    config["admin_tokens"] = [TOKEN]
    config["sources"].append({"name": "steve-vienna", "type": "demo", "locations": 1})
    network.config.write_text(yaml.safe_dump(config))
    return network


@pytest.fixture(scope="module")
def client(network: Network) -> FlaskClient:
    return create_app(load(network.config, plain=True)).test_client()


@pytest.mark.parametrize("path", ["/", "/sources"])
def test_everybody_learns_how_fresh_it_is_and_nobody_from_whom(client: FlaskClient, path: str) -> None:
    page = Page(client.get(path).text)
    for words in ("Source 1", "Source 2", "1 pull failed", "Nothing was ever received", "statuses"):
        assert words in page.said
    for hidden in ("steve-vienna", "demo", "backend.example", "no answer"):
        assert hidden not in page.text


def test_a_program_with_a_token_learns_what_was_said_and_what_to_do(client: FlaskClient) -> None:
    found = client.get("/admin/sources", headers=BEARER, follow_redirects=True).json["data"]
    assert [source["name"] for source in found] == ["demo", "steve-vienna"]
    failing = next(kind for kind in found[0]["kinds"] if kind["kind"] == "statuses")
    assert (failing["state"], failing["failures"]) == ("failing", 1)
    assert "no answer" in failing["error"]
    assert failing["attempted_at"].endswith("Z")
    assert found[0]["remedies"] == [
        "The last good data stands. `chargefeed check --source demo` says what it connects to, and what it is answered."
    ]
    assert "start a worker" in found[1]["remedies"][0]


def test_a_person_sees_the_same_as_a_page(client: FlaskClient) -> None:
    html = {"Accept": "text/html"}
    assert client.get("/admin/sources/", headers=html).status_code == 401
    page = Page(client.get("/admin/sources/", headers=BEARER | html).text)
    for words in ("steve-vienna", "no answer", "chargefeed check --source demo", "Failures in a row"):
        assert words in page.said
