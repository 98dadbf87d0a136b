"""Settings of what proves something later: the ledger, the history, private sessions, federal files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, model_validator

from app.model.duration import Duration
from app.model.part import Part
from app.setting_kinds import DatabaseUrl, Url


class WitnessSettings(Part):
    url: Url
    """Its submission prefix (C2SP tlog-witness)."""
    key: str = Field(pattern=r"^[^\s+]+\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+$")
    """Its verifier key, as it hands it out."""


class Ledger(Part):
    origin: Annotated[str, Field(pattern=r"^[^\s+]+$")] | None = None
    """The log's name, for ever: its public address without a scheme; None: `/ledger` at `web.url`."""
    key: Path = Path("data/ledger.key")
    """The file with the secret keys; made when the log begins."""
    every: Duration = Field(10, ge=1, le=50)
    """How often what is new is sealed: an entry is public within a minute."""
    object_lock_days: int | None = Field(None, ge=1)
    """For so long nobody can delete or replace full tiles and bundles in a bucket with Object Lock; None: no lock."""
    witnesses: tuple[WitnessSettings, ...] = ()
    """Who cosigns that all readers are shown one log."""


_YEAR_S = 365.25 * 86400


class History(Part):
    """Statuses and prices of each day as Parquet files, where the extra `history` is installed."""

    after: Duration = Field(3 * 3600, le=86400)
    """How long a day (UTC) has been over before it is written, for statuses that come late; what comes later still has it
    written again."""
    keep_status: Duration = Field(7 * _YEAR_S, gt=0)
    """For how long its statuses are kept."""
    keep_prices: Duration = Field(7 * _YEAR_S, gt=0)
    """For how long its prices are kept."""


class Private(Part):
    """Where charging sessions are kept for reports, and what is relayed (`roaming.relay`): apart from everything that is
    published."""

    database: DatabaseUrl
    """As `database`, with a role of its own; a file of its own in SQLite."""
    postgres_schema: str | None = Field(None, pattern=r"^[a-z_][a-z0-9_]{0,62}$")
    """Schema of its own in PostgreSQL, which must exist; None: the role's own."""
    keys: tuple[SecretStr, ...] = Field(min_length=1)
    """What sessions are encrypted with, 32 bytes in base64 (`openssl rand -base64 32`): the first closes, all open."""
    keep: Duration = Field(400 * 86400, gt=0)
    """For how long they are kept."""


_KEY = r"^[a-z0-9_]+$"


class EvChart(Part):
    """The federal tool that takes the data of 23 CFR 680.112."""

    network_provider: str | None = Field(None, pattern=_KEY)
    """The network's key in the federal list (`evchart_key` in AFDC's list of networks), such as `shell_recharge`, for stations
    whose own `network_provider` is no such key."""
    no_error: str | None = Field(None, min_length=1, max_length=255)
    """What `session_error` says of a session without an error, as the federal Data Input Template has it; without it such
    sessions cannot be filed."""
    payment_methods: dict[str, str] = {}
    """What sources call ways to pay, and what `payment_method` calls them: `{DirectPayment: credit_card}`."""
    other_payment: str | None = Field(None, min_length=1, max_length=255)
    """What `payment_method` says where no way to pay is known; without it such sessions cannot be filed."""
    url: Url | None = None
    """Where files are sent to by a program (S2S); None: they are uploaded by hand."""
    key: SecretStr | None = None
    """The key of that interface; it lasts 90 days."""
    email: str | None = Field(None, pattern=r"^[^@\s]+@[^@\s]+$")
    """Of an active user of the organisation that the key belongs to."""
    direct_recipient_id: str | None = Field(None, min_length=1)
    """Id of the State (direct recipient) that approves what is sent."""

    @model_validator(mode="after")
    def _sent_whole(self) -> EvChart:
        given = [self.url, self.key, self.email, self.direct_recipient_id]
        if any(given) and not all(given):
            raise ValueError("`url`, `key`, `email` and `direct_recipient_id` belong together")
        return self
