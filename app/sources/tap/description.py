"""What is to be known of a backend's messages: a file of `config/backends/events`, or `describes` of a source.

topics: [site/+/evse/+]                     MQTT
bindings: [{exchange: events, routing_key: evse.*}]    AMQP
fields: {charger: "topic[1]", connector: "topic[3]", status: state, occurred_at: since}

Expressions are those of `rest`. They see the members of the payload (a bare value as `value`), and beside them `topic`, the parts
of the MQTT topic or the AMQP routing key, and `headers` of AMQP or HTTP.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from app.model.part import Part
from app.sources.base import Status
from app.sources.rest.expression import Expression
from app.sources.shelf import Shelf


class Binding(Part):
    """What of an AMQP exchange goes into the queue."""

    exchange: str = Field(min_length=1)
    """Its name."""
    routing_key: str = "#"
    """Of a topic exchange, with `*` and `#`, or of a direct one."""
    headers: dict[str, str] = {}
    """Of a headers exchange: those that a message must have …"""
    match: Literal["all", "any"] = "all"
    """… all of them, or any."""


class MessageFields(Part):
    evse: Expression | None = None
    """Its EVSE id or uid, or a name that `evse_ids` of the source explains; or else …"""
    charger: Expression | None = None
    """… its charger and …"""
    connector: Expression | None = None
    """… the number of the EVSE there: the connectorId of OCPP 1.6, the evseId of 2.x. 0 is the charger itself: its fault is
    one of all its EVSEs."""
    plug: Expression | None = None
    """Where an EVSE has several connectors: which of them. It is in use when one of them is."""
    status: Expression
    """The backend's word for it."""
    occurred_at: Expression | None = None
    """When it became so at the charger."""

    @model_validator(mode="after")
    def _names_an_evse(self) -> Self:
        if (self.evse is None) == (self.charger is None) or (self.charger is None) != (self.connector is None):
            raise ValueError("give `evse`, or `charger` and `connector`")
        return self


class Description(Part):
    title: str = ""
    """The backend's name."""
    topics: tuple[str, ...] = ()
    """MQTT: what to subscribe to, with `+` and `#`, where the source says nothing else."""
    bindings: tuple[Binding, ...] = ()
    """AMQP: what goes into the queue, where the source says nothing else."""
    payload: Literal["json", "text"] = "json"
    """`text`: the payload itself is the value."""
    inner: Expression | None = None
    """A text in the payload that is JSON itself, such as a frame of OCPP: expressions see it as `inner`."""
    where: Expression | None = None
    """Which messages are meant; the others are left out without a word."""
    each: Expression | None = None
    """Where a message holds several statuses: the list of them."""
    fields: MessageFields
    """What of a message says which EVSE has which status."""
    status_map: dict[str, Status] = {}
    """The backend's words for a status, beyond those of OCPI and OCPP."""
    times: Literal["rfc3339", "utc", "seconds", "milliseconds"] = "rfc3339"
    """How times are written; `utc`: without a zone; seconds and milliseconds count from 1970."""


SHELF = Shelf(Description, "events", "mqtt.md")
BackendName = Annotated[str, BeforeValidator(SHELF.known)]
"""Of a shipped description."""
