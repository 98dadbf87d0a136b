"""The first settings of an installation: what is asked, and the files it makes."""

from __future__ import annotations

import json
import os
import re
import secrets
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from app.errors import ConfigError
from app.settings import Settings, load, shipped

BACKENDS = {
    "demo": "fictional chargers, to look around",
    "file": "files that another program writes: CSV, XLSX, OCPI JSON",
    "ocpi": "an OCPI 2.1.1 to 2.3.0 backend: the URL of its versions endpoint",
    "ampeco": "the URL of its API",
    "chargecloud": "the URL of its AFIR feed",
    "monta": "the URL of its API",
    "datex2": "DATEX II publications: URLs or paths",
    "irve": "France's CSV files: URLs or paths",
    "oicp": "files of OICP records: URLs or paths",
    "steve": "SteVe: the URL of its database",
    "citrineos": "CitrineOS: the URL of its database",
    "ocpp": "charge points that connect here",
}
"""What the first source may be, and what is to be told of it."""
WITHOUT_URL = ("demo", "ocpp")
WITH_STATUSES = ("file", "datex2", "irve", "oicp")
"""Statuses have a file or address of their own."""
TARGETS = ("mobilithek", "qualicharge", "ndw", "e-control", "hubject", "webhook", "mqtt")
OF_COUNTRY = {"DE": "mobilithek", "FR": "qualicharge", "NL": "ndw", "AT": "e-control"}
"""Where a country's access point is pushed to."""

_NAMED = re.compile(r"\$\{([A-Z][A-Z0-9_]*)\}")


@dataclass(frozen=True, slots=True)
class Secret:
    what: str
    example: str = "to-be-set"
    """What it looks like."""
    make: Callable[[], str] = str
    """A value where it is ours to choose; empty: somebody else hands it out."""


SECRETS = {
    "ADMIN_TOKEN": Secret("for /admin", "a-token-of-some-length", lambda: secrets.token_hex(24)),
    "BACKEND_CLIENT": Secret("the client id that the backend gave out"),
    "BACKEND_TOKEN": Secret("the token, key or client secret that the backend gave out"),
    "CP_PASSWORD": Secret("the charge point's password (OCPP AuthorizationKey)", make=lambda: secrets.token_hex(16)),
    "ECONTROL_KEY": Secret("E-Control's API key"),
    "ECONTROL_QUEUE": Secret("E-Control's queue: amqps://user:password@host:5671/vhost", "amqps://a:b@c.example/d"),
    "MOBILITHEK_PASSWORD": Secret("of the .p12 file"),
    "MQTT_PASSWORD": Secret("of the broker's account"),
    "NDW_PULL_TOKEN": Secret("NDW reads with it: hand it out", "a-token-of-some-length", lambda: secrets.token_hex(24)),
    "NDW_TOKEN": Secret("the token that NDW gave out"),
    "QUALICHARGE_PASSWORD": Secret("of the account"),
    "WEBHOOK_SECRET": Secret(
        "what messages are signed with: hand it out",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        lambda: f"whsec_{b64encode(secrets.token_bytes(32)).decode()}",
    ),
}


@dataclass(frozen=True, slots=True)
class Answers:
    operator: str
    country: str
    """ISO 3166-1 alpha-2."""
    party: str
    """OCPI party id."""
    backend: str
    url: str = ""
    statuses: str = ""
    targets: Sequence[str] = ()


def write_settings(answers: Answers, file: Path, *, force: bool = False) -> tuple[Settings, list[str]]:
    """Writes `file`, and its secrets beside it as `.env` (mode 600); returns the settings, and the secrets still to be filled in.

    Secrets that are there already stay. Raises ConfigError where `file` exists and is not to be replaced, or an answer is no
    good as a setting: then the file is there to be mended.
    """
    text = _rendered(answers, file)
    said = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    names = list(dict.fromkeys(_NAMED.findall(said)))
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("w" if force else "x") as opened:
            opened.write(text)
    except FileExistsError:
        raise ConfigError("there are settings already", where=str(file), remedy="--force replaces them") from None
    except OSError as error:
        raise ConfigError(f"cannot be written: {error.strerror}", where=str(file)) from None
    missing = _write_secrets(file.with_suffix(".env"), names)
    return load(file, {**{name: _secret(name).example for name in names}, **os.environ}), missing


def _secret(name: str) -> Secret:
    """Also of one that an answer named."""
    return SECRETS.get(name, Secret("as the settings say"))


def _rendered(answers: Answers, file: Path) -> str:
    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)
    environment.filters["quoted"] = lambda text: json.dumps(text, ensure_ascii=False)
    source = (shipped("templates") / "config.yaml.jinja").read_text()
    return environment.from_string(source).render(**asdict(answers), file=file.name)


def _write_secrets(path: Path, names: Sequence[str]) -> list[str]:
    """Adds what is not there yet; the names of those that only somebody else can tell."""
    known = path.read_text() if path.exists() else ""
    present = dict(line.split("=", 1) for line in known.splitlines() if "=" in line and not line.startswith("#"))
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a") as file:
        for name in names:
            if name not in present:
                present[name] = _secret(name).make()
                file.write(f"# {_secret(name).what}\n{name}={present[name]}\n")
    return [name for name in names if not present.get(name) and not os.environ.get(name)]
