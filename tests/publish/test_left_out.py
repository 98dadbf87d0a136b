"""Documents nobody wants are neither written nor listed; a name that fits none is an error."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.clock import SystemClock
from app.delivering import open_destination
from app.delivery.mobilithek.settings import MobilithekSettings
from app.errors import ConfigError
from app.formats.base import formats
from app.model.batch import Kind
from app.publish.left_out import checked, kept, left_out_of
from app.publish.publications import catalogue
from app.publish.settings import SnapshotSettings
from app.settings import Settings
from app.web.application import create_app
from tests.certificates import Authority
from tests.web.network import Network, make_network

SCOPES = {("DE*ABC", "DEU"), ("FR*XYZ", "FRA")}


def paths(*patterns: str) -> set[str]:
    return {path.removeprefix("/open/") for path in kept(catalogue(formats(), SCOPES), patterns)}


def test_a_document_goes_with_those_of_each_party() -> None:
    assert paths() - paths("irve/statique.csv") == {"irve/statique.csv", "party/FR-XYZ/irve/statique.csv"}


def test_a_star_stands_for_anything() -> None:
    gone = paths() - paths("datex2/v3.5/*")
    assert {name for name in gone if "party" not in name} == {"datex2/v3.5/status.xml", "datex2/v3.5/table.xml"}


def test_documents_of_parties_may_go_alone() -> None:
    assert paths() - paths("party/*") == {name for name in paths() if name.startswith("party/")}
    assert paths() - paths("party/*/prices.csv") == {"party/DE-ABC/prices.csv", "party/FR-XYZ/prices.csv"}
    assert paths() - paths("party/FR-XYZ/irve/*") == {
        f"party/FR-XYZ/irve/{name}.csv" for name in ("statique", "dynamique")
    }


@pytest.mark.parametrize(
    ("pattern", "near"),
    [("datex/*", "datex2/*"), ("party/*/irve/static.csv", "irve/statique.csv"), ("/open/prices.csv", "prices.csv")],
)
def test_a_name_that_fits_none_is_an_error_that_lists_the_near_ones(pattern: str, near: str) -> None:
    with pytest.raises(ValueError, match="fits no document; near it: ") as raised:
        checked((pattern,))
    assert near in str(raised.value).partition("near it: ")[2].split(", ")


def test_what_a_destination_is_sent_is_found_by_format_and_kind() -> None:
    documents = [("datex2-v3.5-table-xml", Kind.SITES), ("datex2-v3.5-status-xml", Kind.LOCATIONS)]
    assert left_out_of(documents, ["datex2/*/status.xml"]) == ["datex2/v3.5/status.xml"]


def leaving_out(network: Network, *patterns: str) -> Settings:
    return network.settings.model_copy(update={"snapshots": SnapshotSettings(leave_out=patterns)})


def test_it_is_in_no_file_and_on_no_page_and_no_address_answers(tmp_path: Path) -> None:
    network = make_network(tmp_path, locations=5)
    network.pull()
    network.snapshot()
    network.settings = leaving_out(network, "prices.*", "*.geojson", "ocpi/2.1.1/*")
    for _ in range(2):  # no longer named, then deleted
        network.snapshot()
    client = create_app(network.settings).test_client()
    gone = ("/open/prices.json", "/open/locations.geojson", "/open/party/DE-DEM/prices.csv")
    for page in ("/", "/open/catalog.jsonld", "/open/manifest.json"):
        told = client.get(page).get_json(silent=True) or client.get(page).text
        told = str(told["files"] if page.endswith("manifest.json") else told)
        assert "/open/ocpi/2.3.0/locations.json" in told
        assert not [path for path in (*gone, "/open/ocpi/2.1.1/locations.json") if path in told], page
    assert [client.get(path).status_code for path in gone] == [404, 404, 404]
    assert not (tmp_path / "public" / "open" / "prices.json.gz").exists()
    assert client.get("/open/ocpi/2.1.1/locations").status_code == 200  # lists in pages stay


def test_a_destination_that_is_sent_one_is_refused(tmp_path: Path) -> None:
    certificate = Authority("CA").issue("machine.abc.example").write(tmp_path / "machine.pem")
    publications = {"static_publication": "1", "dynamic_publication": "2"}
    mobilithek = MobilithekSettings(name="nap", type="mobilithek", certificate=certificate, **publications)
    network = make_network(tmp_path, locations=1)
    assert open_destination(mobilithek, network.settings, SystemClock())
    with pytest.raises(ConfigError, match=r"datex2/de-01-00-00/table.json .* is left out, and sent there") as raised:
        open_destination(mobilithek, leaving_out(network, "datex2/de-*"), SystemClock())
    assert "destination nap" in str(raised.value)
