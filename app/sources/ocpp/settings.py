"""Settings of an OCPP source."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, model_validator

from app.model.batch import Role
from app.model.duration import Duration
from app.model.part import Part
from app.model.status import Status
from app.sources.base import SourceSettings
from app.sources.ocpp.status import Rules

Version = Literal["1.6", "2.0.1", "2.1"]
Number = Annotated[int, Field(ge=1, lt=1000)]


class ChargePointSettings(Part):
    """One charge point by its OCPP identity."""

    evses: dict[Number, str] = {}
    """Which published EVSE (`evse_id` or `uid`) a number is: the connectorId of OCPP 1.6, the evseId of 2.x."""
    password: SecretStr | None = None
    """Its HTTP Basic password; of OCPP 1.6 the AuthorizationKey, as hex digits or as the bytes that they stand for."""
    serial: str | None = None
    """What the common name of its client certificate contains; else that is its identity."""
    groups: tuple[frozenset[Number], ...] = ()
    """Numbers that share one power module: while one is in use, the others are INOPERATIVE."""


class OcppSettings(SourceSettings):
    """Charge points that connect by OCPP 1.6-J, 2.0.1 or 2.1: as their central system, or on their way to it."""

    type: Literal["ocpp"] = "ocpp"
    """`ocpp`."""
    roles: frozenset[Role] = frozenset({Role.STATUS})
    """OCPP knows statuses and, from 2.1 on, `price`; the inventory comes from another source."""
    host: str = "127.0.0.1"
    """Address to listen on; 0.0.0.0 for all."""
    port: int = Field(9000, ge=1, le=65535)
    """Charge points connect to `ws://host:port/path/identity`."""
    path: str = Field("/ocpp", pattern=r"^(/[^\s/?#]+)*$")
    """What stands before the identity in the URL."""
    upstream: str | None = Field(None, pattern=r"^wss?://[^\s/?#]+(/[^\s?#]*)?$")
    """The backend's OCPP address: each frame is relayed there and back untouched (transparent proxy), and the backend answers.
    None: chargefeed answers (central system)."""
    upstream_ca_file: Path | None = None
    """Certificates (PEM) to trust for the backend instead of the system's."""
    upstream_certificate: Path | None = None
    """Client certificate and key (PEM) to show to the backend (profile 3): that of the charge point ends here."""
    security_profile: int = Field(1, ge=0, le=3)
    """What is asked of charge points: 0 nothing, 1 a password, 2 a password over TLS, 3 a client certificate. In front of a
    backend, passwords that are not given here are left for the backend to judge."""
    certificate: Path | None = None
    """The server's certificate chain (PEM), for profiles 2 and 3."""
    key: Path | None = None
    """Its private key (PEM); None: it is in `certificate`."""
    client_ca_file: Path | None = None
    """Certificates (PEM) that client certificates are issued by, for profile 3."""
    charge_points: dict[str, ChargePointSettings] = {}
    """Charge points by their identity, with their EVSEs."""
    evse_pattern: str | None = Field(None, pattern=r"\{charge_point\}")
    """The EVSE (`evse_id` or `uid`) of charge points that list none: `DE*ABC*E{charge_point}*{number}`."""
    strangers: Literal["refuse", "accept"] = "refuse"
    """Charge points that `charge_points` does not list."""
    versions: tuple[Version, ...] = ("1.6", "2.0.1", "2.1")
    """Which are spoken; the charge point's order of preference counts."""
    assume: Version | None = None
    """Version of charge points that offer none; None: they are turned away."""
    authorize: Literal["accept", "refuse"] = "accept"
    """What a central system says of every token."""
    heartbeat_every: Duration = Field(300, ge=10)
    """How often a central system asks for heartbeats."""
    ping_every: Duration = Field(20, ge=1)
    """How often a connection is tried; one that does not answer for as long is closed."""
    offline_after: Duration = Field(90, ge=0)
    """Without connection for so long, the EVSEs of a charge point are UNKNOWN since its last sign of life."""
    preparing: Literal["CHARGING", "AVAILABLE"] = "CHARGING"
    """What `Preparing` means: AVAILABLE where sensors watch the bays."""
    blocked_after: Duration | None = Field(None, gt=0)
    """A connector that is occupied for so long without charging is BLOCKED; None: it is CHARGING."""
    max_frame: int = Field(1024 * 1024, ge=1024)
    """Largest frame, in bytes; who sends a larger one loses the connection."""
    max_connections: int = Field(12_000, ge=1)
    """Charge points at one time."""
    connects_per_minute: int = Field(20, ge=1)
    """How often one charge point may connect; beyond it is told to wait."""
    frames: Path = Path("data/ocpp")
    """Folder for the frames as they came, a file per day, without tokens and passwords, and for what is known by them."""
    frames_days: int = Field(7, ge=1)
    """How many days of them are kept."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.security_profile >= 2 and self.certificate is None:
            raise ValueError(f"`security_profile: {self.security_profile}` needs `certificate`")
        if self.security_profile == 3 and self.client_ca_file is None:
            raise ValueError("`security_profile: 3` needs `client_ca_file`")
        if Role.PRICE in self.roles and not (self.country_code and self.party_id):
            raise ValueError("`roles` with `price` needs `country_code` and `party_id`: tariffs of OCPP name no owner")
        without = [id for id, point in self.charge_points.items() if point.password is None]
        if self.upstream is None and self.security_profile in (1, 2) and (without or self.strangers == "accept"):
            who = f"charge point `{without[0]}`" if without else "whoever `strangers: accept` lets in"
            raise ValueError(f"`security_profile: {self.security_profile}` needs a `password` of {who}")
        return self

    def status_rules(self, charge_point: str) -> Rules:
        """How the charge point's states are read."""
        blocked = None if self.blocked_after is None else round(self.blocked_after * 1000)
        listed = self.charge_points.get(charge_point)
        return Rules(Status(self.preparing), blocked, listed.groups if listed else ())
