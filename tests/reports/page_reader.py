"""Reads a page the way a browser would: elements with their attributes, sections with their text, tables as rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "link", "br", "hr", "img", "input"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    parent: Element | None
    children: list[Element] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def all(self, tag: str | None = None, class_: str | None = None) -> list[Element]:
        found: list[Element] = []
        for child in self.children:
            if (tag is None or child.tag == tag) and (class_ is None or class_ in child.classes):
                found.append(child)
            found += child.all(tag, class_)
        return found

    @property
    def classes(self) -> list[str]:
        return self.attributes.get("class", "").split()

    @property
    def text(self) -> str:
        own = "".join(self.texts) + "".join(" " + c.text for c in self.children if c.tag not in ("script", "style"))
        return " ".join(own.split())


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("", {}, None)
        self.at = self.root
        self.errors: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            self.errors.append(f"{tag} repeats an attribute at {self.getpos()}")
        element = Element(tag, {k: v or "" for k, v in attrs}, self.at)
        self.at.children.append(element)
        if tag not in VOID:
            self.at = element

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.at = self.at.parent or self.root

    def handle_endtag(self, tag: str) -> None:
        if self.at.tag != tag:
            self.errors.append(f"</{tag}> closes <{self.at.tag}> at {self.getpos()}")
        self.at = self.at.parent or self.root

    def handle_data(self, data: str) -> None:
        self.at.texts.append(data)


def read(html: str) -> tuple[Element, list[str]]:
    """The document, and what is wrong with its nesting."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    if reader.at is not reader.root:
        reader.errors.append(f"<{reader.at.tag}> is never closed")
    return reader.root, reader.errors


def part(document: Element, id: str) -> Element:
    """The element of that id."""
    return next(e for e in document.all() if e.attributes.get("id") == id)


def rows(document: Element, id: str) -> list[list[str]]:
    """The rows of the table behind the figure or section of that id."""
    body = part(document, id).all("table", "numbers-table")[-1].all("tbody")[0]
    return [[cell.text for cell in row.children] for row in body.children]


def whole(text: str) -> int:
    """A printed whole number."""
    return int(text.replace(",", "").replace("…", ""))
