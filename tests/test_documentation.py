"""What the pages say is so: links lead somewhere, examples are accepted, names exist."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import click
import pytest

from assets.configuration import expressions, settings
from assets.configuration.canonical_fields import FIELDS
from assets.configuration.identity import Block, Declaration, Identity
from assets.configuration.playbook import Action, Entry
from assets.configuration.sources import Question, Source
from assets.configuration.values import Section
from assets.landing.landing_zone import land
from assets.tables import PUBLISHED, TABLES
from assets.warehouse import Warehouse
from pipelines.command_line import main
from pipelines.configuration_file import check, load

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("data/*.md")])
LEAST_COMMANDS = {"README.md": 9, "docs/operations.md": 9, "docs/reading-the-tables.md": 5}
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONFIGURATION = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
EXAMPLES = [
    pytest.param(text, id=f"{page.stem}-{number}")
    for page in PAGES
    if page.stem != "ready-mappings"  # has a test of its own
    for number, text in enumerate(
        re.findall(r"^```yaml\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    )
]
SHOP = """
business: {name: Shop, timezone: Europe/London, currency: GBP}
sources:
  - {name: till, kind: transactions, path: "till/*.csv", columns: {order_id: a, ordered_at: b, amount: c}}
  - {name: crm, kind: customers, path: "crm/*.csv", columns: {customer_id: a, email: b, phone: c}}
"""
SECTIONS: dict[str, type[Section]] = {
    "The file": settings.Configuration, "business": settings.Business, "questions": Question, "identity": Identity,
    "block": Block, "together, apart": Declaration, "measures": settings.Measures, "rfm": settings.Rfm,
    "lifecycle": settings.Lifecycle, "tiers": settings.Tiers, "clv": settings.Clv, "churn": settings.Churn,
    "retention": settings.Retention, "playbook": Action, "when": Entry, "targets": settings.Target,
    "limits": settings.Limits, "report": settings.Report, "nightly": settings.Nightly,
}  # fmt: skip


def block(language: str) -> str:
    [text] = re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    return text


def anchors(page: Path) -> set[str]:
    """The anchors a page's headings get where Markdown is shown as a page."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_within_the_repository_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), f"{page.name} links to {target}"
        assert not anchor or anchor in anchors(linked), f"{page.name} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_command_named_exists_with_its_options(page: Path) -> None:
    # `analytics` where it is code: at the start of an inline span or of an indented or fenced line
    found = re.findall(
        r"(?:`|^    (?:\S+/)?|^(?=analytics))analytics ([^`\n#>|]+)", page.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert len(found) >= LEAST_COMMANDS.get(page.relative_to(ROOT).as_posix(), 0)
    for words in found:
        command: click.Command = main
        for word in words.split():
            if isinstance(command, click.Group) and word in command.commands:
                command = command.commands[word]
            elif word.startswith("-"):
                options = {name for parameter in command.params for name in parameter.opts} | {"--help", "--version"}
                assert word in options, f"{page.name}: analytics {words}"
        assert command is not main or words.startswith("-"), f"{page.name}: analytics {words}"


def test_the_readme_lists_every_published_table_once() -> None:
    listed = [
        name
        for line in README.splitlines()
        if line.startswith("| `") and "analytics" not in line
        for name in re.findall(r"`(\w+)`", line.split("|")[1])
    ]
    assert sorted(listed) == sorted(PUBLISHED)


def test_the_changelog_names_columns_that_exist() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (`.+`) \|$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert rows
    for table, columns in rows:
        for column in re.findall(r"`(\w+)`", columns):
            TABLES[table].column(column)


def test_the_readmes_configuration_is_accepted_and_lands_every_row_of_its_export(tmp_path: Path) -> None:
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "2026-01-05.csv").write_text(block("csv"), encoding="utf-8")
    file = tmp_path / "analytics.yaml"
    file.write_text(block("yaml"), encoding="utf-8")
    assert [str(problem) for problem in check(file)] == []

    configuration = load(file)
    warehouse = Warehouse.open(None, threads=1)
    land(warehouse, configuration, ["transactions"], home=tmp_path / "home", loaded_at=dt.datetime(2026, 1, 8))
    rows = warehouse.rows(
        "select order_id, customer_id, kind, cast(amount as decimal(18,2)), reasons from landed_transactions"
        " order by line_number"
    )
    assert [(order, customer, kind, float(amount)) for order, customer, kind, amount, _ in rows] == [
        ("536365", "17850", "sold", 15.30),
        ("536365", "17850", "charge", 4.00),
        ("536366", "13047", "sold", 11.10),
        ("C536379", "13047", "refund", -1.85),
    ]
    assert [row[-1] for row in rows] == [None] * 4


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_of_a_configuration_is_accepted_or_fits_into_one(
    example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SHOP_PASSWORD", "EXPORTS_KEY", "EXPORTS_SECRET"):
        monkeypatch.setenv(name, "said elsewhere")
    whole = example
    if example.startswith("  - name: "):
        whole = SHOP + example.replace("orders_of: shop", "orders_of: till")
    elif example.startswith("    questions:"):
        of_a_survey = "  - name: survey\n    kind: surveys\n    path: survey.csv\n"
        whole = f"{SHOP}{of_a_survey}    columns: {{response_id: a, responded_at: b}}\n{example}"
    elif "business:" not in example:
        whole = SHOP + example
    (tmp_path / "blocked-numbers.txt").write_text("", encoding="utf-8")
    file = tmp_path / "analytics.yaml"
    file.write_text(whole, encoding="utf-8")
    assert [str(problem) for problem in check(file) if problem.level == "error"] == []


def documented_keys(text: str) -> dict[str, list[str]]:
    """Key to its cells, of the tables of keys in a part of the page."""
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in text.splitlines() if "| `" in line[:3]]
    return {re.findall("`([^`]+)`", row[0])[0]: row for row in rows}


@pytest.mark.parametrize("heading", SECTIONS)
def test_every_key_of_a_configuration_is_explained_with_its_default(heading: str) -> None:
    [part] = re.findall(rf"^##+ {heading}\n(.*?)(?=^#|\Z)", CONFIGURATION, re.MULTILINE | re.DOTALL)
    keys, fields = documented_keys(part), SECTIONS[heading].model_fields
    assert set(keys) == set(fields)
    for key, cells in keys.items():
        written = cells[2].strip("`") if len(cells) > 3 else ""
        if re.fullmatch(r"[\d.:-]+|\[[\d., ]+\]", written):  # a value, not how it comes about
            default = fields[key].default
            said = str(list(default) if isinstance(default, tuple) else default)
            assert written in (said, f"{said}0"), f"{key}: {written} is written, {said} is so"
        assert "*" not in cells[0] or fields[key].is_required() or key == "sources"


def test_every_key_of_a_source_column_and_function_is_explained() -> None:
    [part] = re.findall(r"^## sources\n(.*?)(?=^## )", CONFIGURATION, re.MULTILINE | re.DOTALL)
    documented = documented_keys(part)
    assert set(Source.model_fields) <= set(documented)
    for kind, fields in FIELDS.items():
        [row] = re.findall(rf"^\| {kind} \| (`.*) \|$", part, re.MULTILINE)
        assert set(re.findall(r"`(\w+)`", row)) - {"csat", "nps"} == {field.name for field in fields}
    [functions] = re.findall(r"^functions:\n\n(.*?)\n\n", CONFIGURATION, re.MULTILINE | re.DOTALL)
    assert set(re.findall(r"`(\w+)`", functions)) == set(expressions.FUNCTIONS)
