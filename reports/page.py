"""The page: one self-contained HTML document from the finished numbers of a night.

The same numbers give the same bytes; nothing here reads a clock, a file outside the package or the network.
"""

from __future__ import annotations

import base64
import hashlib
from importlib import resources

import jinja2
from markupsafe import Markup

from reports.language import Language
from reports.parts import Section
from reports.report_data import ReportData
from reports.sections import (
    churn,
    glossary,
    lifecycle,
    moves,
    outlook,
    quality,
    retention,
    sales,
    satisfaction,
    scorecard,
    segments,
    tiers,
    traits,
)

_TEMPLATES = resources.files("reports").joinpath("templates")
_IN_BRIEF = ("scorecard", "sales", "tiers", "retention", "satisfaction", "churn", "moves")


def render(data: ReportData) -> str:
    """The report of one night as one HTML document.

    Args:
        data: the night's finished numbers; empty frames become a sentence, never a broken picture.
    """
    words = Language(data.language, data.currency)
    card = scorecard.scorecard(data, words)
    sections = sections_of(data, words)
    style, script = _resource("style.css"), _resource("script.js")
    return _environment().get_template("page.html.j2").render(
        data=data,
        scorecard=card,
        sections=sections,
        brief=[s for s in (card.section, *sections) if s.id in _IN_BRIEF and s.lead],
        chapters=glossary.glossary(data, words),
        policy=content_security_policy(style, script),
        style=Markup(style),
        script=Markup(script),
        lang="zh-Hans" if data.language == "zh" else "en",
        say=words.say,
        words=words,
    )  # fmt: skip


def sections_of(data: ReportData, words: Language) -> tuple[Section, ...]:
    """The sections below the scorecard, in reading order."""
    return (
        sales.section(data, words),
        segments.section(data, words),
        lifecycle.section(data, words),
        tiers.section(data, words),
        *traits.sections(data, words),
        *outlook.sections(data, words),
        retention.section(data, words),
        satisfaction.section(data, words),
        churn.section(data, words),
        moves.section(data, words),
        quality.section(data, words),
    )


def content_security_policy(style: str, script: str) -> str:
    """A policy under which the page runs its own style and script and can load nothing else."""
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _resource(name: str) -> str:
    # Line ends are part of the digest: a browser reads \r\n as \n before it hashes.
    return _TEMPLATES.joinpath(name).read_text(encoding="utf-8").replace("\r\n", "\n")


def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FunctionLoader(_resource),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
