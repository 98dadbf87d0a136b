"""Everything chargefeed raises on purpose.

ChargefeedError            what went wrong, where, and what to do
├── ConfigError            a setting; names file and line
├── SourceError            a source could not be read
│   ├── SourceUnreachable  no connection, time out, TLS
│   ├── SourceRefused      401, 403: credentials
│   └── SourceAnswerError  it answered, but not with what was asked for (HTML, 3xxx, truncated, too large, endless paging)
├── RegistryError          a batch could not be applied
│   ├── LeaseLost          another worker leads now; nothing was written
│   └── JournalPruned      `since` lies before what the journal still holds
├── DeliveryError          something did not get to a destination; it is tried again
│   ├── DestinationUnreachable  no connection, time out, TLS: everything waits
│   ├── DestinationBusy    429, 503: everything waits, as long as it asks for
│   ├── DestinationRefused 401, 403, or whatever is sent: everything waits, and a person has to look
│   │   └── DestinationGone 410: it wants no more, and is paused until a person resumes it
│   ├── DestinationForgot  it has lost what it held: everything is sent anew
│   └── ObjectRefused      it does not take this object as it is; not tried again until it changes
│       └── ObjectWithheld not even sent: a rule forbids it, or the format cannot say it
├── PartnerError           a partner cannot be registered, or its interface cannot be used
├── LedgerError            the price ledger cannot do what it was asked, or does not know
│   ├── NotInLedger        what was asked for has no entry, or none by then
│   └── ProofFailed        something was proved not to be what it claims
├── PricingError           a session cannot be priced
├── BackupError            a backup cannot be made or restored
└── StoreError             objects could not be written or read
    └── StoreConflict      put-if-match found another version
"""

from app.wording import Worded


class ChargefeedError(Exception):
    """What went wrong; `where` (file, line, URL, record) and `remedy` (what a person should do) may be empty."""

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        where = f"{self.where}: " if self.where else ""
        remedy = f". {self.remedy}" if self.remedy else ""
        return f"{where}{self.what}{remedy}"

    def sentence(self) -> Worded:
        """The same for a page, which may tell it in another language."""
        values = {"where": f"{self.where}: " if self.where else "", "what": self.what, "remedy": self.remedy}
        return Worded("%(where)s%(what)s. %(remedy)s" if self.remedy else "%(where)s%(what)s", values)


class ConfigError(ChargefeedError):
    """A setting is missing, unknown or wrong; `field` names it (`web.port`), empty where it is no single one."""

    def __init__(self, what: str, *, where: str = "", remedy: str = "", field: str = "") -> None:
        super().__init__(what, where=where, remedy=remedy)
        self.field = field


class SourceError(ChargefeedError):
    """A source could not be read; the last good data stays."""


class SourceUnreachable(SourceError):
    """No connection: DNS, refused, timed out, TLS."""


class SourceRefused(SourceError):
    """The backend refused the credentials."""


class SourceAnswerError(SourceError):
    """The backend answered, but not with what was asked for."""


class RegistryError(ChargefeedError):
    """A batch could not be applied; nothing of it was written."""


class LeaseLost(RegistryError):
    """Another worker holds the lease now; nothing was written."""


class JournalPruned(RegistryError):
    """The journal no longer holds the sequence asked for; start from a snapshot."""


class DeliveryError(ChargefeedError):
    """Something did not get to a destination; it is tried again, and what the destination has stays."""


class DestinationUnreachable(DeliveryError):
    """No connection: DNS, refused, timed out, TLS."""


class DestinationBusy(DeliveryError):
    """It asks to be left alone for a while."""

    def __init__(self, what: str, *, where: str = "", remedy: str = "", wait: float | None = None) -> None:
        """`wait`: seconds it asks for; None where it does not say."""
        super().__init__(what, where=where, remedy=remedy)
        self.wait = wait


class DestinationRefused(DeliveryError):
    """It refuses the credentials, or whatever is sent."""


class DestinationGone(DestinationRefused):
    """It wants nothing more: it is paused, and a person may resume it."""


class DestinationForgot(DeliveryError):
    """It has lost what it held."""


class ObjectRefused(DeliveryError):
    """It does not take this object as it is."""


class ObjectWithheld(ObjectRefused):
    """The object is not even sent: a rule forbids it, or the format cannot say it."""


class PartnerError(ChargefeedError):
    """A partner cannot be registered, or what it offers cannot be used."""

    def __init__(self, what: str, *, where: str = "", remedy: str = "", status_code: int = 3001) -> None:
        """`status_code`: of OCPI, as the partner is told it."""
        super().__init__(what, where=where, remedy=remedy)
        self.status_code = status_code


class LedgerError(ChargefeedError):
    """The price ledger cannot do what it was asked, or does not know."""


class NotInLedger(LedgerError):
    """What was asked for has no entry, or none by then."""


class ProofFailed(LedgerError):
    """A signature, a proof or a part of a log is not what it claims to be."""


class PricingError(ChargefeedError):
    """A session cannot be priced by the tariffs given."""


class StoreError(ChargefeedError):
    """An object could not be read from or written to the store."""


class StoreConflict(StoreError):
    """The object has changed since it was read; nothing was written."""


class BackupError(ChargefeedError):
    """A backup cannot be made, is not whole, or would replace what is there."""
