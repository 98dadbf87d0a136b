"""A contract for import-linter: the rooms of `app`, and what each may import. A room that isn't listed may not exist."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from grimp import DirectImport, ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class RoomsContract(Contract):
    """`rooms` has a line per room: `name: those it may import`; `everywhere` lists what each of them may import.

    `all` stands for every room of the lines above. What an allowed room may import is allowed too. Listed rooms may be missing.
    """

    type_name: ClassVar[str] = "rooms"
    rooms = fields.ListField(subfield=fields.StringField())
    everywhere = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        root = self.session_options["root_packages"][0]
        problems = list(_problems(graph, root, _allowed(self.rooms, self.everywhere)))
        return ContractCheck(kept=not problems, metadata={"problems": problems})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for problem in check.metadata["problems"]:
            output.print_error(problem, bold=False)
            output.new_line()


def _allowed(lines: list[str], everywhere: list[str]) -> dict[str, set[str]]:
    """Each room with every room it may import, itself included."""
    allowed = {name: set(everywhere) for name in everywhere}
    for line in lines:
        room, _, named = line.partition(":")
        names = set(allowed) if named.split() == ["all"] else set(named.split())
        allowed[room] = {room, *everywhere}.union(names, *(allowed[name] for name in names))
    return allowed


def _problems(graph: ImportGraph, root: str, allowed: dict[str, set[str]]) -> Iterator[str]:
    existing = {child.removeprefix(f"{root}.") for child in graph.find_children(root)}
    for room in sorted(existing - set(allowed)):
        yield f"{root}.{room} is no known room: give it a line in .importlinter"
    for link in sorted(_links(graph), key=lambda link: (link["importer"], link["imported"])):
        importer, imported = (_room(link[end], root) for end in ("importer", "imported"))
        if importer in allowed and imported and imported not in allowed[importer]:
            yield f"{link['importer']} -> {link['imported']} (l.{link['line_number']}): {importer} may not import {imported}"


def _links(graph: ImportGraph) -> Iterator[DirectImport | dict[str, Any]]:
    for importer in graph.modules:
        for imported in graph.find_modules_directly_imported_by(importer):
            yield from graph.get_import_details(importer=importer, imported=imported)


def _room(module: str, root: str) -> str:
    """The room that a module lies in; empty for the root package itself."""
    return module.removeprefix(root).removeprefix(".").partition(".")[0]
