"""Colours that can be read: text on every ground it stands on reaches WCAG AA, light and dark."""

from __future__ import annotations

import re
from importlib import resources

import pytest

from reports.wording import WORDING

CSS = resources.files("reports").joinpath("templates/style.css").read_text(encoding="utf-8")
PAIRS = [
    *((ink, ground) for ink in ("ink", "ink-2", "ink-3", "link") for ground in ("paper", "card")),
    *((f"on-q{i}", f"q{i}") for i in range(9)),
    *((f"on-{hue}", hue) for hue in ("blue", "sky", "amber", "vermillion", "grey", "pale")),
    ("good", "tint-good"), ("bad", "tint-bad"), ("ink", "tint-open"), ("ink", "notice"), ("paper", "ink"),
    ("ink-2", "q0"),
]  # fmt: skip


def palette(scheme: str) -> dict[str, str]:
    """The variables of the light page, or of the dark one where it sets them."""
    light, dark = CSS.split("@media screen and (prefers-color-scheme: dark)", 1)
    found = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", light))
    if scheme == "dark":
        found |= dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", dark.split("\n}\n", 1)[0]))
    return found


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2, section 'relative luminance')."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_the_contrast_formula_gives_the_published_extremes() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)  # WCAG 2.2: ratios range from 1 to 21
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_on_its_ground(scheme: str) -> None:
    colours = palette(scheme)
    weak = {pair: round(contrast(colours[pair[0]], colours[pair[1]]), 2) for pair in PAIRS}
    assert {pair: ratio for pair, ratio in weak.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_heat_scale_grows_steadily_away_from_the_paper(scheme: str) -> None:
    colours = palette(scheme)
    steps = [contrast(colours[f"q{i}"], colours["paper"]) for i in range(9)]
    assert steps == sorted(steps)
    assert steps[8] > 6


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_marks_stand_out_from_the_paper(scheme: str) -> None:
    # WCAG 1.4.11 asks 3:1 of graphics that carry meaning alone; here every mark also carries its figure.
    colours = palette(scheme)
    for hue in ("blue", "vermillion", "grey", "green"):
        assert contrast(colours[hue], colours["paper"]) >= 2.9, hue


def test_a_long_name_breaks_within_its_column_of_the_brief() -> None:
    [columns] = re.findall(r"^\.brief li \{[^}]*grid-template-columns: ([^;]+);", CSS, re.MULTILINE)
    assert columns == "7.2rem minmax(0, 1fr)"  # 1fr alone grows with a word that does not break


def test_no_sentence_calls_a_colour_dark_or_pale_as_these_change_places_on_a_dark_page() -> None:
    told = [
        text
        for pair in WORDING.values()
        for text in pair
        if re.search(r"\b(dark|darker|pale|paler)\b|颜色越深|[深浅]色", text)
    ]
    assert told == []
