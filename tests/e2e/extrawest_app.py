"""Somebody else's OCPI Sender and Receiver: `extrawest-ocpi`, as it comes. It sends the locations and tariffs of a folder, and
keeps what it is given in memory. TOKEN is good for all of it, and to register with.

    python tests/e2e/extrawest_app.py FOLDER PORT TOKEN

For the environment of `deploy/peers/extrawest-ocpi.lock`. Its manners: ids in lower case, nulls for absent fields, a `Link` with
`https`, names of Python enums in its path and `date_from=None`, a redirect to a slash at the end, 403 for an unknown token; as a
receiver, a single object as a list of one, an EVSE that was changed goes to the end, 422 for what does not match its schema.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
from pathlib import Path
from typing import Any

FOLDER, PORT, TOKEN = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
os.environ |= {"OCPI_HOST": f"127.0.0.1:{PORT}", "PROTOCOL": "http"}

import uvicorn  # noqa: E402
from py_ocpi import get_application  # noqa: E402
from py_ocpi.core.authentication.authenticator import Authenticator  # noqa: E402
from py_ocpi.core.enums import ModuleID, RoleEnum  # noqa: E402
from py_ocpi.modules.versions.enums import VersionNumber  # noqa: E402


class Tokens(Authenticator):
    given_out: set[str] = set()
    """To those who have registered."""

    @classmethod
    async def get_valid_token_c(cls) -> list[str]:
        return [TOKEN, *cls.given_out]

    @classmethod
    async def get_valid_token_a(cls) -> list[str]:
        return [TOKEN]


class Crud:
    kept: dict[tuple[ModuleID, str], Any] = {}

    @classmethod
    async def get(cls, module: ModuleID, role: Any, id: str, *_: Any, **__: Any) -> Any:
        if module is ModuleID.credentials_and_registration:
            return id in Tokens.given_out
        return cls.kept.get((module, id))

    @classmethod
    async def create(cls, module: ModuleID, role: Any, data: dict[str, Any], *_: Any, **__: Any) -> Any:
        if module is ModuleID.credentials_and_registration:
            return register()
        return await cls.update(module, role, data, data["id"])

    @classmethod
    async def update(cls, module: ModuleID, role: Any, data: dict[str, Any], id: str, *_: Any, **more: Any) -> Any:
        if module is ModuleID.credentials_and_registration:
            Tokens.given_out.discard(more["auth_token"])
            return register()
        cls.kept[module, id] = data
        return data

    @classmethod
    async def delete(cls, module: ModuleID, role: Any, id: str, *_: Any, **__: Any) -> None:
        if module is ModuleID.credentials_and_registration:
            Tokens.given_out.discard(id)
        else:
            del cls.kept[module, id]

    @classmethod
    async def list(
        cls, module: ModuleID, role: Any, filters: dict[str, Any], *_: Any, **__: Any
    ) -> tuple[Any, int, bool]:
        found = json.loads((FOLDER / f"{module.value}.json").read_text())["data"]
        if filters["date_from"]:
            since = filters["date_from"].strftime("%Y-%m-%dT%H:%M:%SZ")
            found = [item for item in found if item["last_updated"] >= since]
        end = filters["offset"] + filters["limit"]
        return found[filters["offset"] : end], len(found), end >= len(found)


def register() -> dict[str, Any]:
    token = secrets.token_urlsafe(24)
    Tokens.given_out.add(token)
    own = {"party_id": "EXT", "country_code": "NL", "business_details": {"name": "Extrawest"}}
    return {"token": token, "url": f"http://127.0.0.1:{PORT}/ocpi/versions", "roles": [{"role": "EMSP", **own}]}


def main() -> None:
    modules = [ModuleID.credentials_and_registration, ModuleID.locations, ModuleID.tariffs]
    versions = [VersionNumber.v_2_2_1]
    application = get_application(versions, [RoleEnum.cpo, RoleEnum.emsp], Crud, modules, Tokens)
    uvicorn.run(application, host="127.0.0.1", port=PORT, log_level="warning")


main()
