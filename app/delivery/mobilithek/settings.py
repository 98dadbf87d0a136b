"""Settings of Mobilithek."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from app.delivery.settings import CertifiedSettings, DocumentSettings


class MobilithekSettings(CertifiedSettings, DocumentSettings):
    """Germany's national access point, which knows us by the organisation's machine certificate. Both offers have to be set up
    there as brokered and pushed, with delta support for the dynamic one."""

    type: Literal["mobilithek"] = "mobilithek"
    """`mobilithek`."""
    url: str = "https://mobilithek.info:8443"
    """Where it is; the path of its interface is added."""
    static_publication: str = Field(pattern=r"^[A-Za-z0-9._-]+$")
    """Publication id of the offer `AFIR-recharging-stat-…`."""
    dynamic_publication: str = Field(pattern=r"^[A-Za-z0-9._-]+$")
    """Publication id of the offer `AFIR-recharging-dyn-…`."""
    dialect: Literal["de-01-00-00", "v3.7-afir", "v3.6"] = "de-01-00-00"
    """DATEX II dialect, as the offers say it."""
    encoding: Literal["json", "xml"] = "json"
    """As the offers say it. The German profile is JSON only."""
    gzip: bool = True
    """Whether documents are sent compressed."""

    @field_validator("url")
    @classmethod
    def _secure(cls, url: str) -> str:
        if not url.lower().startswith("https://"):
            raise ValueError("must start with https://: Mobilithek knows a provider by its certificate")
        return url.rstrip("/")

    @model_validator(mode="after")
    def _sayable(self) -> Self:
        if self.dialect == "de-01-00-00" and self.encoding == "xml":
            raise ValueError("de-01-00-00 is JSON only: leave `encoding` out, or choose another `dialect`")
        return self
