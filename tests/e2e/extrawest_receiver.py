"""Somebody else's OCPI Receiver: `extrawest-ocpi` in the role of an eMSP, as it comes, keeping what it is given in memory.

    python tests/e2e/extrawest_receiver.py PORT TOKEN

For the environment of `deploy/peers/extrawest-ocpi.lock`. Its manners: ids in lower case, nulls for absent fields, a single
object as a list of one, an EVSE that was changed goes to the end, 422 for what does not match its schema.
"""

from __future__ import annotations

import os
import sys
from typing import Any

PORT, TOKEN = int(sys.argv[1]), sys.argv[2]
os.environ |= {"OCPI_HOST": f"127.0.0.1:{PORT}", "PROTOCOL": "http"}

import uvicorn  # noqa: E402
from py_ocpi import get_application  # noqa: E402
from py_ocpi.core.authentication.authenticator import Authenticator  # noqa: E402
from py_ocpi.core.enums import ModuleID, RoleEnum  # noqa: E402
from py_ocpi.modules.versions.enums import VersionNumber  # noqa: E402


class Tokens(Authenticator):
    @classmethod
    async def get_valid_token_c(cls) -> list[str]:
        return [TOKEN]

    @classmethod
    async def get_valid_token_a(cls) -> list[str]:
        return [TOKEN]


class Crud:
    kept: dict[tuple[ModuleID, str], Any] = {}

    @classmethod
    async def get(cls, module: ModuleID, role: Any, id: str, *_: Any, **__: Any) -> Any:
        return cls.kept.get((module, id))

    @classmethod
    async def create(cls, module: ModuleID, role: Any, data: dict[str, Any], *_: Any, **__: Any) -> Any:
        cls.kept[module, data["id"]] = data
        return data

    @classmethod
    async def update(cls, module: ModuleID, role: Any, data: dict[str, Any], id: str, *_: Any, **__: Any) -> Any:
        cls.kept[module, id] = data
        return data

    @classmethod
    async def delete(cls, module: ModuleID, role: Any, id: str, *_: Any, **__: Any) -> None:
        del cls.kept[module, id]


def main() -> None:
    modules = [ModuleID.locations, ModuleID.tariffs]
    application = get_application([VersionNumber.v_2_2_1], [RoleEnum.emsp], Crud, modules, Tokens)
    uvicorn.run(application, host="127.0.0.1", port=PORT, log_level="warning")


main()
