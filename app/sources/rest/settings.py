"""Settings of a REST source."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from app.sources.http import HttpSettings
from app.sources.rest.description import SHELF, BackendName, Description


class RestSettings(HttpSettings):
    """A backend with a JSON API: one of `config/backends`, or any that `describes` describes."""

    type: Literal["rest"] = "rest"
    """`rest`."""
    backend: BackendName | None = None
    """Which one: a description of `config/backends`, such as `monta`. A page beside it says what to switch on there."""
    describes: Description | None = None
    """Or what is to be known of it: where its lists are and which JMESPath is which field, as the files of `config/backends`."""
    url: str | None = Field(None, pattern=r"^(?i:https?)://")
    """Where its API begins, where the description does not say it or names another system of the same kind."""
    token: SecretStr | None = None
    """The token or API key that the backend gave out."""
    client_id: str | None = None
    """Where it wants OAuth 2 or a log-in: the client …"""
    client_secret: SecretStr | None = None
    """… and its secret."""
    tax_included: Literal["YES", "NO", "N/A"] | None = None
    """Whether its prices include VAT, where the backend does not say; without it a tariff that does not say is refused."""
    max_pages: int = Field(10_000, ge=1)
    """A list with more pages than this is taken to be endless."""

    @property
    def description(self) -> Description:
        """Raises ConfigError where the shipped one is defective."""
        if self.describes is not None:
            return self.describes
        assert self.backend is not None
        return SHELF.load(self.backend)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.backend is None) == (self.describes is None):
            raise ValueError("give `backend` or `describes`, and just one of them")
        auth = self.description.auth
        if auth.scheme in ("bearer", "header", "query") and self.token is None and not auth.optional:
            raise ValueError("`token` is missing: the backend wants one")
        if auth.scheme == "oauth2" and (self.client_id is None or self.client_secret is None):
            raise ValueError("`client_id` and `client_secret` are missing: the backend wants a log-in")
        if not (self.url or self.description.url):
            raise ValueError("`url` is missing: where the backend's API begins")
        return self

    def address(self, path: str) -> str:
        """A path of the description as a URL."""
        if path.lower().startswith(("http://", "https://")):
            return path
        return (self.url or self.description.url).rstrip("/") + path
