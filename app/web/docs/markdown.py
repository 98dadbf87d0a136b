"""Markdown as pages: no HTML in it, a place to point to at each heading, tables and code that scroll by themselves."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

Resolve = Callable[[str], str | None]
"""The address of what a file links to, by the link as it is written; None: there is no such page."""

_PARSER = MarkdownIt("commonmark", {"html": False}).enable("table")
_NO_WORD = re.compile(r"[^\w\- ]")


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, and what stands below it up to the next."""

    anchor: str
    """Empty: the beginning of the page."""
    level: int
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Text:
    title: str
    """Of the first heading, which is not in `html`."""
    html: str
    sections: tuple[Section, ...]

    @property
    def parts(self) -> list[Section]:
        """What "on this page" lists."""
        return [section for section in self.sections if section.level == 2]


def read(markdown: str, resolve: Resolve = lambda link: link) -> Text:
    tokens = _parsed(markdown)
    sections = tuple(_sections(tokens))
    html = _RENDERER.render(tuple(_shown(tokens, resolve)), _PARSER.options, {})
    return Text(sections[0].title, html, sections)


@lru_cache(maxsize=256)
def sections(markdown: str) -> tuple[Section, ...]:
    return tuple(_sections(_parsed(markdown)))


def _parsed(markdown: str) -> Sequence[Token]:
    """With an `id` at each heading, as the places that show the repository make it."""
    tokens = _PARSER.parse(markdown)
    taken: dict[str, int] = {}
    for token, inside in pairwise(tokens):
        if token.type == "heading_open":
            anchor = _NO_WORD.sub("", _words(inside).lower()).replace(" ", "-")
            taken[anchor] = number = taken.get(anchor, -1) + 1
            token.attrSet("id", f"{anchor}-{number}" if number else anchor)
    return tokens


def _words(token: Token) -> str:
    if not token.children:
        return token.content
    return "".join(" " if child.type == "softbreak" else child.content for child in token.children)


def _sections(tokens: Sequence[Token]) -> Iterator[Section]:
    anchor, level, title, words = "", 0, "", list[str]()
    for index, token in enumerate(tokens):
        if token.type == "heading_open":
            if level:
                yield Section(anchor, level, title, " ".join(words))
            anchor, level, title, words = str(token.attrs["id"]), int(token.tag[1]), _words(tokens[index + 1]), []
            anchor = anchor if level > 1 else ""
        elif token.type in ("inline", "fence", "code_block") and tokens[index - 1].type != "heading_open":
            words.append(_words(token))
    yield Section(anchor, level, title, " ".join(words))


def _shown(tokens: Sequence[Token], resolve: Resolve) -> Iterator[Token]:
    """All but the title, with links as they are on the page; what leads nowhere is text."""
    for token in tokens[3:]:
        for child in token.children or ():
            if child.type == "link_open":
                to = resolve(str(child.attrs["href"]))
                child.attrs = {"href": to or ""}
                child.hidden = to is None
            elif child.type == "image":
                child.attrs["src"] = resolve(str(child.attrs["src"])) or ""
        yield token


class _Renderer(RendererHTML):
    def link_close(self, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
        opened = next(token for token in reversed(tokens[:index]) if token.type == "link_open")
        return "" if opened.hidden else "</a>"

    def table_open(self, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
        return '<div class="scroll" tabindex="0">\n<table>\n'

    def table_close(self, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
        return "</table>\n</div>\n"

    def th_open(self, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
        # A column without a name has no header.
        return '<th scope="col">' if tokens[index + 1].content else "<td>"

    def th_close(self, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
        return "</th>" if tokens[index - 1].content else "</td>"

    def fence(self, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
        return _code(tokens[index].content)

    def code_block(self, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
        return _code(tokens[index].content)


def _code(content: str) -> str:
    return (
        '<div class="sample"><button type="button" hidden data-copy-next>Copy</button>'
        f'<pre tabindex="0"><code>{escapeHtml(content)}</code></pre></div>\n'
    )


_RENDERER = _Renderer()
