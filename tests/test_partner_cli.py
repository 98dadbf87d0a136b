"""`chargefeed partner` as a person uses it, with a platform that answers over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from app.cli import cli
from app.clock import SystemClock
from app.errors import ConfigError, PartnerError
from app.registry.database import migrate, open_engine
from app.roaming.key import open_key
from app.roaming.partners import Counterparty, Partners
from tests.ocpi_partner import Partner

DAY_MS = 86_400_000


class Yesterday(SystemClock):
    def __init__(self, days: int) -> None:
        self._days = days

    def now(self) -> int:
        return super().now() - self._days * DAY_MS


@pytest.fixture
def config(tmp_path: Path) -> Path:
    settings = {
        "operator": {"name": "Example Networks"},
        "database": f"sqlite:///{tmp_path / 'feed.db'}",
        "store": {"directory": str(tmp_path / "public")},
        "sources": [{"name": "demo", "type": "demo", "locations": 3}],
        "partners": [{"name": "emsp", "parties": ["NL*ABC"], "allow_private": True, "timeout": 2}, {"name": "other"}],
        "roaming": {"key": str(tmp_path / "partners.key")},
    }
    path = tmp_path / "chargefeed.yaml"
    path.write_text(yaml.safe_dump(settings))
    return path


@pytest.fixture
def partner() -> Iterator[Partner]:
    with Partner() as partner:
        yield partner


def run(config: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["partner", *arguments, "--config", str(config)])


def registered(config: Path, partner: Partner, days: int = 0) -> Partners:
    engine, clock = open_engine(f"sqlite:///{config.parent / 'feed.db'}"), Yesterday(days)
    migrate(engine)
    partners = Partners(engine, open_key(config.parent / "partners.key"), clock)
    urls = {name: f"{partner.base}/{name}" for name in ("credentials", "locations", "tariffs")}
    found = Counterparty("2.2.1", partner.versions_url, urls, partner.token, "base64", ("NL*EMS",))
    partners.confirm("emsp", found, "a-token-of-theirs")
    partner.registered = True
    return partners


def test_add_prints_the_token_once_and_nobody_stores_it(config: Path):
    said = run(config, "add", "emsp").output
    token = said.rpartition("token A")[2].strip()
    assert "/ocpi/versions" in said
    assert len(token) == 43
    assert token.encode() not in b"".join(file.read_bytes() for file in config.parent.glob("feed.db*"))
    assert token not in run(config, "list").output
    assert "invited" in run(config, "list").output


def test_add_says_the_lines_of_settings_that_are_missing(config: Path):
    result = run(config, "add", "newcomer")
    assert result.exit_code == 1
    assert "- name: newcomer" in result.output


def test_add_twice_is_refused_once_it_is_registered(config: Path, partner: Partner):
    registered(config, partner)
    assert isinstance(run(config, "add", "emsp").exception, PartnerError)


def test_list_shows_state_version_and_parties(config: Path, partner: Partner):
    registered(config, partner)
    line = next(line for line in run(config, "list").output.splitlines() if "emsp" in line)
    assert "registered" in line
    assert "2.2.1" in line
    assert "NL*EMS" in line
    assert "new" in next(line for line in run(config, "list").output.splitlines() if "other" in line)


def test_tokens_that_are_older_than_a_month_are_told(config: Path, partner: Partner):
    registered(config, partner, days=31)
    assert "to be rotated" in run(config, "list").output


def test_test_says_what_answers_and_what_is_wrong(config: Path, partner: Partner):
    registered(config, partner)
    assert "emsp answers: OCPI 2.2.1" in run(config, "test", "emsp").output
    partner.versions = ("2.3.0",)
    error = run(config, "test", "emsp").exception
    assert isinstance(error, PartnerError)
    assert "offers OCPI 2.3.0, not 2.2.1" in str(error)
    assert partner.token not in str(error)


def test_remove_tells_the_partner(config: Path, partner: Partner):
    partners = registered(config, partner)
    assert "here and there" in run(config, "remove", "emsp").output
    assert partner.lines() == ["DELETE /credentials"]
    assert partners.read("emsp").word == "unregistered"  # type: ignore[union-attr]


def test_remove_ends_it_here_even_where_the_partner_is_out_of_order(config: Path, partner: Partner):
    partners = registered(config, partner)
    partner.misbehave("500")
    result = run(config, "remove", "emsp")
    assert result.exit_code == 1
    assert partners.read("emsp").word == "unregistered"  # type: ignore[union-attr]


def test_rotate_invites_anew_whoever_is_not_registered(config: Path):
    first, second = (run(config, command, "emsp").output.rpartition("token A")[2] for command in ("add", "rotate"))
    assert first != second


def test_an_unknown_name_is_told_with_those_there_are(config: Path):
    error = run(config, "test", "nobody").exception
    assert isinstance(error, ConfigError)
    assert "emsp, other" in str(error)


def test_a_key_that_others_may_read_is_refused(config: Path):
    run(config, "add", "emsp")
    (config.parent / "partners.key").chmod(0o644)
    assert "others may read the key" in str(run(config, "list").exception)
