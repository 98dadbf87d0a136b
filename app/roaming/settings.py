"""Settings of partners. Without the database and what renders: every process reads them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from app.delivery.demands import ReceiverName, known_receiver, load_demands
from app.delivery.settings import HttpSettings, Party
from app.delivery.signing import SigningSecret, signing_key
from app.formats.ocpi.token import Encoding
from app.formats.ocpi.versions import V211, VERSIONS
from app.model.duration import Duration
from app.model.enums import TariffType
from app.model.token import Token

Version = Literal["2.3.0", "2.2.1", "2.1.1"]
Command = Literal["START_SESSION", "STOP_SESSION", "UNLOCK_CONNECTOR", "RESERVE_NOW", "CANCEL_RESERVATION"]


class PartnerSettings(HttpSettings):
    """A platform that registers here by OCPI's credentials (or we there), reads what it is shown, and is pushed to."""

    type: Literal["partner"] = "partner"
    """`partner`."""
    profile: ReceiverName | None = None
    """Whose habits it has: presets for the settings below, and what it `asks` for. `gireve`, `e-clearing`, `generic-hub`, or a
    file of your own (`….yaml`). None: nothing is known to differ from OCPI."""
    versions: tuple[Version, ...] = Field(("2.3.0", "2.2.1"), min_length=1)
    """OCPI versions that are offered to it. 2.1.1 speaks for one party, so it needs `parties` with just one."""
    versions_url: str | None = None
    """Its versions endpoint, for a handshake that begins here; `partner add --versions-url` gives it too."""
    tariff_types: frozenset[TariffType] = frozenset({TariffType.AD_HOC_PAYMENT})
    """Which tariffs it sees of those that are for nobody in particular; such as have no type it sees anyway."""
    contract_tariffs: tuple[str, ...] = ()
    """Which tariffs are for it, its contract prices and its subscribers' discounts (`audience` partner or group): their ids, with
    `*` for any text."""
    issuers: frozenset[str] = frozenset()
    """As which it issues tokens: it sees unpublished locations whose `publish_allowed_to` names one of them …"""
    token_groups: frozenset[str] = frozenset()
    """… or one of these as `group_id`. 2.1.1 has published locations only."""
    push: bool = True
    """Changes are pushed to it; else it pulls."""
    pushed: frozenset[Literal["locations", "tariffs"]] = Field(frozenset({"locations", "tariffs"}), min_length=1)
    """What of it: without `tariffs` where prices are agreed in its portal."""
    mode: Literal["state", "fifo"] = "state"
    """`state`: several requests at once, each object as it is by then. `fifo`: one request at a time, in the order of the
    changes, and one that fails before any other. Nothing stale is sent either way."""
    to_party: Party | None = None
    """Whom messages are addressed to: `FR*007`. None: the hub that it says it is, which hands on to everybody (broadcast), else
    its first party; or …"""
    open_routing: bool = False
    """… nobody: the hub decides (open routing)."""
    hub_client_info: bool = False
    """The hub tells who can be reached (HubClientInfo): nothing is sent for a party that is OFFLINE, PLANNED or SUSPENDED."""
    page_limit: int | None = Field(None, ge=1)
    """Objects on a page that it reads, at most; None: `web.page_limit`."""
    begins_there: bool = False
    """The handshake begins on its side alone, and it takes no update: nothing is registered or exchanged from here."""
    whole_after: int = Field(10, ge=1)
    """Where more messages than this would be needed about one location, it is sent whole."""
    compare_every: Duration | None = None
    """How often each object is asked for (GET) and sent again where it differs. None: never."""
    asks: ReceiverName | None = None
    """What it asks for beyond OCPI: one of config/receivers, or a file of your own (`….yaml`)."""
    relay: bool = False
    """Its drivers charge here (`roaming.relay`): it may push tokens and send commands, is asked, and gets sessions and CDRs."""
    ask_unknown: bool = False
    """It is also asked about tokens that nobody has pushed: it learns of each of them, whoever's they are."""
    tokens_every: Duration | None = Field(None, gt=0)
    """How often its tokens are pulled. None: never, it pushes them."""
    token_encoding: Encoding | None = None
    """How it wants its token: `base64` or `raw`; None: whichever it takes."""
    allow_private: bool = False
    """Its URLs may lead into our own network, and may be plain http; for tests, and partners next door."""
    timeout: Duration = Field(10, gt=0)
    """Longest time one request may take, from the first byte sent to the last received."""

    @model_validator(mode="before")
    @classmethod
    def _with_profile(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        if data.get("profile") is None:
            return data
        profile = known_receiver(data["profile"])
        return {"asks": profile, **load_demands(profile).settings, **data}

    @field_validator("pull_token")
    @classmethod
    def _has_no_fixed_token(cls, token: SecretStr | None) -> SecretStr | None:
        if token is not None:
            raise ValueError("a partner gets its token by `chargefeed partner add`")
        return token

    @model_validator(mode="after")
    def _has_one_party_in_211(self) -> Self:
        if V211 in self.versions and len(self.parties) != 1:
            raise ValueError(
                "2.1.1 speaks for one party: give `parties` with just one, or leave 2.1.1 out of `versions`"
            )
        return self

    @property
    def offered(self) -> tuple[str, ...]:
        """Oldest first."""
        return tuple(version for version in VERSIONS if version in self.versions)


class Relay(BaseModel):
    """What goes between our backend and the partners whose drivers charge here. Takes `private`."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    tokens: tuple[Token, ...] = Field(min_length=1)
    """Who shows one of these as a bearer at `/relay` is our backend; each is written itself, or as `sha256:` and its hash."""
    timeout: Duration = Field(5, gt=0, le=60)
    """Longest time a partner may take to say whether a driver may charge; then its whitelist decides. As long may the backend
    take to answer a command."""
    commands_url: str | None = None
    """Where our backend takes commands of partners. None: it takes none."""
    secrets: tuple[SigningSecret, ...] = ()
    """Keys by which commands are signed, as those of a `webhook` destination."""
    commands: frozenset[Command] = frozenset(get_args(Command))
    """Which of them it can carry out."""
    command_timeout: Duration = Field(30, gt=0, le=600)
    """How long a charge point may take: where the backend has told no result by then, the partner is told TIMEOUT."""
    allow_private: bool = False
    """Whether the backend may be at an address of a private network, or without TLS."""
    keep: Duration = Field(90 * 86400, gt=0)
    """For how long sessions, CDRs and who answered for a driver are kept."""

    @property
    def keys(self) -> tuple[bytes, ...]:
        return tuple(signing_key(secret) for secret in self.secrets)

    @model_validator(mode="after")
    def _signs_commands(self) -> Self:
        if self.commands_url is None:
            return self
        if not self.commands_url.lower().startswith(("https://", "http://") if self.allow_private else "https://"):
            raise ValueError("`commands_url` must start with https://, or with `allow_private: yes` http://")
        if not self.secrets:
            raise ValueError("`commands_url` needs `secrets`: commands are signed")
        return self


class Roaming(BaseModel):
    """What all partners have in common."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    key: Path = Path("data/partners.key")
    """The file with the key that partners' tokens are encrypted with; made where there is none. Several machines share it."""
    relay: Relay | None = None
    """Who may charge, sessions, CDRs and commands, between our backend and partners. None: nothing of it."""
