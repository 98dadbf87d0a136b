"""Reading what a partner says. What is wrong is told by field and rule, never with the value: it may be a token."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from app.errors import PartnerError

BAD_PARAMETER = 2001


class Read(BaseModel):
    """What else it says is let be (2.3.0, non-specified JSON fields)."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


Model = TypeVar("Model", bound=BaseModel)


def read(model: type[Model], data: Any, what: str) -> Model:
    """Raises PartnerError (2001), which names the field."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        path = ".".join(str(step) for step in first["loc"]) or "the body"
        raise PartnerError(f"{what}: `{path}`: {first['msg']}", status_code=BAD_PARAMETER) from None
