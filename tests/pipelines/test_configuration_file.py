"""A configuration file is read whole, and every problem of it is told at once with its line."""

from __future__ import annotations

import gzip
import re
from importlib import resources
from pathlib import Path
from typing import Any, get_args

import polars as pl
import pytest

from assets.configuration.expressions import FUNCTIONS, compile_expression
from assets.configuration.settings import Configuration
from assets.configuration.sources import CANONICAL_COLUMNS
from assets.configuration.values import Section
from assets.landing.file_header import header_of
from assets.landing.source_files import find_files
from pipelines.configuration_file import check, load, load_sample
from pipelines.configuration_problems import ConfigurationError, Problem

ROOT = Path(__file__).parents[2]
REAL_DATA = ROOT.parent / "shared" / "data"
BUSINESS = "business: {name: Example shop, timezone: Europe/London, currency: GBP}\n"
SHOP = """sources:
  - name: shop
    kind: transactions
    path: orders/*.csv
    columns:
      order_id: order_id
      ordered_at: ordered_at
"""

TWO_REAL_SOURCES = r"""
home: ./home                     # relative paths are relative to this file
business: {name: Example shop, timezone: Europe/London, currency: GBP}
sources:
  - name: shop
    kind: transactions
    path: ../online_retail/by-day/*.csv
    format: csv
    columns:
      order_id: InvoiceNo
      ordered_at: InvoiceDate
      customer_id: regexp_replace(CustomerID, '\.0$', '')
      product_id: StockCode
      product_name: Description
      quantity: Quantity
      unit_price: UnitPrice
      region: Country
    refund_when: InvoiceNo LIKE 'C%'
    discount_when: StockCode = 'D'                                         # lowers its order's value
    charge_when: StockCode IN ('POST', 'DOT', 'C2', 'BANK CHARGES', 'AMAZONFEE')   # money, but not merchandise
    exclude_when: StockCode IN ('M', 'S', 'B', 'PADS', 'CRUK')             # neither: kept, counted, in no measure
    delivery: replace_file
  - name: airport_2014
    kind: surveys
    path: ../airport_survey/2014.csv
    columns:
      response_id: "'2014-' || RESPNUM"
      responded_at: make_date(2014, 5, CAST(INTDATE AS INTEGER))
      channel: "'intercept'"
    questions:                   # a wide file: one score per column
      Q7ALL: {id: overall, kind: csat, scale: [1, 5], blank: [0, 6, Blank]}
      # RECOMMEND: {id: recommend, kind: nps, blank: [11]}
measures:
  window_days: 365
  horizon_days: 90
  minimum_order_value: 0.01
  lifecycle: {loyal_orders: 4}
  tiers: {basis: historic, high: 0.2, mid: 0.3}
  clv: {model: auto, annual_discount_rate: 0.10}
  churn: {model: auto}
targets:
  - {kpi: csat, operator: ">=", value: 0.85}
  - {kpi: nps, operator: ">=", value: 50}
report: {language: en}
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A folder with one day of orders; the configuration beside it is ``shop.yaml``."""
    (tmp_path / "orders").mkdir()
    (tmp_path / "orders" / "1.csv").write_text("order_id,Ordered_At ,*Odd name,unit price\n1,2026-01-01,x,2.50\n")
    return tmp_path / "shop.yaml"


def problems_of(path: Path, text: str) -> list[Problem]:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load(path)
    return caught.value.problems


def told(problems: list[Problem]) -> dict[str, int]:
    return {problem.key: problem.line for problem in problems}


def test_paths_start_from_the_file_and_come_out_absolute(shop: Path) -> None:
    shop.write_text("home: ../home\n" + BUSINESS + SHOP)
    configuration = load(shop)
    assert configuration.home == shop.parents[1] / "home"
    assert configuration.sources[0].path == str(shop.parent / "orders" / "*.csv")
    assert load(shop, home=Path("/other")).home == Path("/other")
    assert load(shop, base=Path("/raw")).sources[0].path == "/raw/orders/*.csv"


def test_the_folder_of_the_file_is_no_part_of_a_pattern(tmp_path: Path) -> None:
    """Beside a file in `Exports [2024]` nothing was found."""
    path = tmp_path / "Exports [2024]" / "what?" / "shop.yaml"
    for folder in (path.parent / "orders", path.parents[1] / "orders"):
        folder.mkdir(parents=True)
        (folder / "1.csv").write_text("order_id,ordered_at\n1,2026-01-01\n")
    for orders in ("orders/*.csv", "../orders/*.csv", "orders/1.csv"):
        path.write_text(BUSINESS + f"home: {tmp_path / 'home'}\n" + SHOP.replace("orders/*.csv", orders))
        assert check(path) == []
        [file] = find_files(load(path).sources[0])
        assert file.name == "1.csv"


def test_the_home_is_called_data_unless_it_is_named(shop: Path) -> None:
    shop.write_text(BUSINESS + SHOP)
    assert load(shop).home == shop.parent / "data"


def test_a_home_whose_path_would_end_early_is_a_problem_of_the_file(tmp_path: Path) -> None:
    """A check found no error in a file that no run would take."""
    folder = "shop?"
    named, beside = tmp_path / "named.yaml", tmp_path / folder / "beside.yaml"
    beside.parent.mkdir()
    named.write_text(f"{BUSINESS}home: './{folder}'\n{SHOP}")
    beside.write_text(BUSINESS + SHOP)
    for path, line in ((named, 2), (beside, 1)):
        [problem] = [each for each in check(path) if each.level == "error"]
        assert (problem.key, problem.line) == ("home", line)
        assert problem.expected == "a path that holds no ?, from its first folder on"
    assert all(each.level == "warning" for each in check(named, home=tmp_path / "home"))


def test_two_real_sources_are_read_as_they_are_written(tmp_path: Path) -> None:
    path = tmp_path / "uci.yaml"
    path.write_text(TWO_REAL_SOURCES)
    configuration = load(path)
    retail, airport = configuration.sources
    assert retail.columns["customer_id"] == r"regexp_replace(CustomerID, '\.0$', '')"
    assert retail.refund_when == "InvoiceNo LIKE 'C%'"
    assert airport.columns["response_id"] == "'2014-' || RESPNUM"
    overall = airport.questions["Q7ALL"]
    assert (overall.id, overall.scale, overall.top_box, overall.blank) == (
        "overall",
        (1, 5),
        (4, 5),
        ("0", "6", "blank"),
    )
    assert [target.kpi for target in configuration.targets] == ["csat", "nps"]


@pytest.mark.skipif(not REAL_DATA.exists(), reason=f"no real data at {REAL_DATA}")
def test_the_mapping_of_two_real_sources_fits_their_files(tmp_path: Path) -> None:
    path = tmp_path / "uci.yaml"
    path.write_text(TWO_REAL_SOURCES)
    assert check(path, base=REAL_DATA / "home") == []


def test_the_sample_shop_is_a_good_configuration_with_its_files_under_the_home(tmp_path: Path) -> None:
    configuration = load_sample(tmp_path)
    assert configuration.home == tmp_path
    assert [source.path for source in configuration.sources] == [
        str(tmp_path / "raw" / folder / "*.csv") for folder in ("orders", "surveys", "customers")
    ]
    assert {question.kind for question in configuration.sources[1].questions.values()} == {"csat", "nps"}


def test_every_problem_of_a_file_is_told_at_once_with_its_line(shop: Path) -> None:
    text = """home: ./home
busness: {}
business:
  name: Example shop
  timezone: Europe/Lodon
  currency: GBP
  currency: EUR
window_days: 5
sources:
  - name: shop
    kind: transactions
    path: orders/*.csv
    formt: csv
    columns:
      ordr_id: order_id
      ordered_at: ordered_at
      customer_id: regexp_replace(CustomerID, '
      quantity: now()
    refund_when: read_text('secret') = ''
  - name: shop
    kind: survey
    path: x.csv
    columns: {}
measures:
  window_days: "365"
  churn: {model: magic}
targets:
  - {kpi: csat, operator: ">=", value: 85}
"""
    assert told(problems_of(shop, text)) == {
        "busness": 2,
        "business.timezone": 5,
        "business.currency": 7,
        "window_days": 8,
        "sources[0].formt": 13,
        "sources[0].columns": 14,
        "sources[0].columns.ordr_id": 15,
        "sources[0].columns.customer_id": 17,
        "sources[0].columns.quantity": 18,
        "sources[0].refund_when": 19,
        "sources[1].name": 20,
        "sources[1].kind": 21,
        "measures.window_days": 25,
        "measures.churn.model": 26,
        "targets[0].value": 28,
    }


def test_the_cuts_of_rfm_are_told_with_their_line(shop: Path) -> None:
    text = (
        BUSINESS
        + SHOP
        + "      unit_price: Unit Price\n"
        + """measures:
  rfm:
    cuts: fixed
    frozen_at: 2024-06-30
    recency_days: [30, 60, 120]
    frequency: [1, 2, four, 8]
"""
    )
    problems = {problem.key: problem for problem in problems_of(shop, text)}
    first = text.splitlines().index("  rfm:") + 1
    assert {key: problem.line - first for key, problem in problems.items()} == {
        "measures.rfm.frozen_at": 2, "measures.rfm.recency_days": 3, "measures.rfm.frequency[2]": 4,
    }  # fmt: skip
    found = problems["measures.rfm.recency_days"]
    assert (found.found, found.hint) == ("a list: 30, 60, 120", "such as [1, 2, 4, 8]")
    text = text.replace("    frozen_at: 2024-06-30\n", "").replace("120]", "120, 240]").replace("four", "4")
    [missing] = problems_of(shop, text)
    assert (missing.key, missing.line, missing.found) == ("measures.rfm.monetary", first, "nothing")
    shop.write_text(text + "    monetary: [50, 99.995, 100, 1000]\n")
    amounts = load(shop).measures.rfm.monetary
    assert [str(amount) for amount in amounts or ()] == ["50", "99.995", "100", "1000"]


def test_an_unknown_key_is_told_its_neighbour_or_where_it_belongs(shop: Path) -> None:
    hints = {
        problem.key: problem.hint for problem in problems_of(shop, BUSINESS + SHOP + "mesures: {}\nhorizon_days: 9\n")
    }
    assert hints == {"mesures": "did you mean `measures`?", "horizon_days": "it belongs under `measures`"}


def test_the_message_is_one_block_a_person_can_act_on(shop: Path) -> None:
    shop.write_text(BUSINESS.replace("GBP", "pounds") + SHOP.replace("kind: transactions", "kind: transaction"))
    with pytest.raises(ConfigurationError) as caught:
        load(shop)
    assert str(caught.value) == (
        f"2 problems in {shop}\n"
        "shop.yaml:1: error in business.currency\n"
        "    found     `pounds`\n"
        "    expected  a currency code of three capital letters such as GBP\n"
        "shop.yaml:4: error in sources[0].kind\n"
        "    found     `transaction`\n"
        "    expected  one of transactions, surveys, customers, exchange_rates\n"
        "    hint      did you mean `transactions`?"
    )


@pytest.mark.parametrize(
    ("text", "line", "found"),
    [
        ("business:\n  name: 'open\n", 3, "quoted scalar"),
        ("a: 1\n\tb: 2\n", 2, "cannot start any token"),
        ("", 1, "empty file"),
        ("- a\n- b\n", 1, "a list"),
        ("business\n", 1, "`business`"),
        ("home: a\n---\nhome: b\n", 2, "another document"),
        ("home: a\nname: \x01\n", 2, "control character"),
        ("home: &x [*x]\n", 1, "alias"),
        (f"home: {'9' * 5000}\n", 1, "a number of 5,000 digits"),
        ("home: !!python/object/apply:os.getcwd []\n", 1, "tag"),
        ("? [a, b]\n: c\n", 1, "key that is a list"),
    ],
)
def test_a_text_that_is_no_plain_yaml_is_refused_at_its_line(shop: Path, text: str, line: int, found: str) -> None:
    assert any(found in problem.found and problem.line == line for problem in problems_of(shop, text))


def test_aliases_that_multiply_are_refused_before_they_fill_the_memory(shop: Path) -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9))
    assert any("grows without end" in problem.found for problem in problems_of(shop, bomb))


def test_a_file_that_is_missing_or_not_utf8_is_a_problem_of_the_configuration(tmp_path: Path) -> None:
    [missing] = check(tmp_path / "none.yaml")
    assert "no readable file" in missing.found
    (tmp_path / "latin.yaml").write_bytes("business: {name: Café}".encode("latin-1"))
    [latin] = check(tmp_path / "latin.yaml")
    assert "not UTF-8" in latin.found


def test_words_that_older_yaml_takes_for_truth_or_time_are_text(shop: Path) -> None:
    survey = "  - {name: s, kind: surveys, path: s.csv, columns: {response_id: 1e3, responded_at: on}"
    text = BUSINESS + SHOP + survey + ", questions: {no: {id: q, kind: csat, blank: [No, off, 007, 6.0]}}}\n"
    shop.write_text(text + "nightly: {at: 22:30}\n")
    configuration = load(shop)
    assert configuration.nightly.at == "22:30"
    assert configuration.sources[1].columns == {"response_id": "1e3", "responded_at": "on"}
    assert configuration.sources[1].questions["no"].blank == ("no", "off", "007", "6")


def test_a_key_without_a_value_is_a_key_left_out(shop: Path) -> None:
    shop.write_text(BUSINESS + SHOP + "measures:\n  # window_days: 30\nreport:\n")
    assert load(shop).measures.window_days == 365
    [problem] = problems_of(shop, BUSINESS + SHOP.replace("ordered_at: ordered_at", "ordered_at:"))
    assert (problem.key, problem.line, problem.found) == ("sources[0].columns.ordered_at", 8, "nothing")


def test_without_a_source_there_is_nothing_to_run_on(shop: Path) -> None:
    assert told(problems_of(shop, BUSINESS + "sources: []\n")) == {"sources": 2}
    assert told(problems_of(shop, BUSINESS)) == {"sources": 1}


def test_an_odd_text_is_a_column_where_the_file_has_it_and_a_problem_where_it_has_not(shop: Path) -> None:
    odd = SHOP + "      product_id: '*odd NAME'\n      unit_price: Unit Price\n"
    shop.write_text(BUSINESS + odd)
    configuration = load(shop)
    assert check(shop) == []
    header = header_of(configuration.sources[0])
    assert header is not None
    assert compile_expression(configuration.sources[0].columns["product_id"], header) == '"*Odd name"'
    [problem] = problems_of(shop, BUSINESS + odd.replace("*odd NAME", "*oddest NAME"))
    assert problem.key == "sources[0].columns.product_id"


def test_an_odd_text_waits_for_the_first_file(tmp_path: Path) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text(BUSINESS + SHOP + "      product_id: '*RESPNUM'\n")
    assert load(path).sources[0].columns["product_id"] == "*RESPNUM"
    [problem] = check(path)
    assert (problem.level, problem.key) == ("warning", "sources[0].path")


def test_a_check_compares_every_column_with_the_first_file(shop: Path) -> None:
    more = (
        "      unit_price: unitprice\n    refund_when: upper(order_idd) = 'C'\n    format: csv\n    cadence_days: -1\n"
    )
    shop.write_text(BUSINESS + SHOP + more)
    problems = {problem.key: problem for problem in check(shop)}
    assert set(problems) == {"sources[0].columns.unit_price", "sources[0].refund_when", "sources[0].cadence_days"}
    assert problems["sources[0].columns.unit_price"].hint.startswith("did you mean `unit price`?")
    assert "order_id" in problems["sources[0].refund_when"].hint
    assert problems["sources[0].refund_when"].line == 10


def test_a_check_looks_for_the_question_columns_of_a_wide_survey(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("id;at;Q1\n1;2026-01-01;5\n")
    text = """sources:
  - name: survey
    kind: surveys
    path: s.csv
    columns: {response_id: ID, responded_at: AT}
    questions:
      q1: {id: overall, kind: csat}
      Q2: {id: recommend, kind: nps}
"""
    (tmp_path / "shop.yaml").write_text(BUSINESS + text)
    [problem] = check(tmp_path / "shop.yaml")
    assert (problem.key, problem.line, problem.found) == ("sources[0].questions.Q2", 9, "no column `Q2`")


def test_a_check_looks_for_the_columns_to_fill_down(shop: Path) -> None:
    shop.write_text(BUSINESS + SHOP + "    fill_down: [ORDER_ID, customer]\n")
    [problem] = check(shop)
    assert (problem.key, problem.found) == ("sources[0].fill_down[1]", "no column `customer`")


@pytest.mark.parametrize("ending", ["parquet", "xlsx"])
def test_a_check_reads_the_columns_of_parquet_files_and_workbooks(tmp_path: Path, ending: str) -> None:
    frame = pl.DataFrame({"Order ID": ["o1"], "ordered_at": ["2026-01-01"]})
    (tmp_path / "orders").mkdir()
    write = frame.write_parquet if ending == "parquet" else frame.write_excel
    write(tmp_path / "orders" / f"a.{ending}")
    path = tmp_path / "shop.yaml"
    path.write_text(BUSINESS + SHOP.replace("*.csv", "*").replace("order_id: order_id", "order_id: Order_ID"))
    [problem] = check(path)
    assert problem.key == "sources[0].columns.order_id"
    assert problem.hint.startswith("did you mean `Order ID`?")


@pytest.mark.parametrize(
    ("name", "content", "options"),
    [
        ("a.csv.gz", gzip.compress(b"order_id,ordered_at\n1,2\n", mtime=0), ""),
        ("a.csv", "order_id;ordered_at\n1;2\n".encode("utf-16"), ""),
        ("a.csv", b"\xef\xbb\xbforder_id\tordered_at\r\n1\t2\r\n", ""),
        ("a.txt", b"made by hand\n\norder_id   ordered_at\n1   2\n", "    delimiter: whitespace\n    skip_rows: 1\n"),
        ("a.tsv", b"1\t2\n", "    header: [order_id, ordered_at]\n"),
    ],
    ids=["gzip", "utf-16", "byte order mark", "whitespace", "declared header"],
)
def test_a_check_reads_the_header_however_the_file_is_written(
    tmp_path: Path, name: str, content: bytes, options: str
) -> None:
    (tmp_path / "orders").mkdir()
    (tmp_path / "orders" / name).write_bytes(content)
    path = tmp_path / "shop.yaml"
    path.write_text(BUSINESS + SHOP.replace("*.csv", "*") + options)
    assert check(path) == []
    path.write_text(
        BUSINESS + SHOP.replace("*.csv", "*").replace("ordered_at: ordered_at", "ordered_at: sold_at") + options
    )
    assert [problem.key for problem in check(path)] == ["sources[0].columns.ordered_at"]


def test_a_first_file_that_cannot_be_read_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "orders").mkdir()
    (tmp_path / "orders" / "1.csv").write_bytes(b"")
    (tmp_path / "shop.yaml").write_text(BUSINESS + SHOP)
    [problem] = check(tmp_path / "shop.yaml")
    assert (problem.level, problem.found.startswith("the file is empty")) == ("warning", True)


def sections(section: type[Section]) -> dict[str, type[Section]]:
    """Every section type below one by its name."""

    def held(annotation: Any) -> list[type[Section]]:
        if isinstance(annotation, type):
            return [annotation] if issubclass(annotation, Section) else []
        return [found for part in get_args(annotation) for found in held(part)]

    found = {section.__name__: section}
    for field in section.model_fields.values():
        for below in held(field.annotation):
            found |= sections(below)
    return found


def test_the_documentation_names_every_key_function_and_canonical_column() -> None:
    text = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([a-z0-9_]+)`", text))
    for name, section in sections(Configuration).items():
        rows = {key for key in section.model_fields if re.search(rf"^\| `{key}` ", text, re.MULTILINE)}
        assert rows == set(section.model_fields), name
    assert set(FUNCTIONS) <= named
    assert {column for columns in CANONICAL_COLUMNS.values() for column in columns} <= named


def test_the_sample_shows_every_key_and_canonical_column_at_least_in_a_comment() -> None:
    text = resources.files("pipelines").joinpath("sample_shop.yaml").read_text(encoding="utf-8")
    shown = set(re.findall(r"([a-z0-9_]+):", text))
    for name, section in sections(Configuration).items():
        assert set(section.model_fields) <= shown, name
    assert {column for columns in CANONICAL_COLUMNS.values() for column in columns} - {"age"} <= shown


def test_every_option_the_sample_comments_out_is_a_good_one(tmp_path: Path) -> None:
    """Each comment that is a key is switched on, one at a time; only what another key forbids may be refused."""
    lines = resources.files("pipelines").joinpath("sample_shop.yaml").read_text(encoding="utf-8").splitlines()
    options = [n for n, line in enumerate(lines) if re.match(r"\s+# [a-z_0-9]+: ", line)]
    assert len(options) > 30
    contradicted = {
        "amount": "`unit_price`", "age": "`birth_date`", "sheet": "these are csv", "database": "not both",
        "query": "a source with a `database`", "storage_options": "a path that is a URL",
            "orders_of": "no source of transactions has orders of its own",
    }  # fmt: skip
    for number in options:
        key = re.sub(r"\s+# ([a-z_0-9]+):.*", r"\1", lines[number])
        text = "\n".join([*lines[:number], lines[number].replace("# ", "", 1), *lines[number + 1 :]])
        path = tmp_path / "sample.yaml"
        path.write_text(text, encoding="utf-8")
        if key in contradicted:
            with pytest.raises(ConfigurationError, match=contradicted[key]):
                load(path)
        else:
            load(path)


def test_the_playbook_that_the_sample_comments_out_is_a_good_one(tmp_path: Path) -> None:
    text = resources.files("pipelines").joinpath("sample_shop.yaml").read_text(encoding="utf-8")
    block, gap, _ = text.partition("# playbook:")[2].partition("\n\n")
    (tmp_path / "shop.yaml").write_text("playbook:" + block.replace("\n# ", "\n") + gap + text, encoding="utf-8")
    first, second = load(tmp_path / "shop.yaml").playbook
    assert (first.action, first.when.enters, first.suggestion_zh, first.list_days) == (
        "win_back_offer", "cant_lose_them", "发送专属优惠", 14,
    )  # fmt: skip
    assert (second.action, second.list_days, second.capacity, second.hold_out) == ("thank_you_note", 30, 200, 0.1)


def test_every_mistake_of_a_playbook_is_told_with_its_line_and_the_nearest_name(shop: Path) -> None:
    text = (
        BUSINESS
        + SHOP
        + """playbook:
  - action: win_back_offer
    when: {kind: rfm, enters: cant_loose_them}
    suggestion: Offer
  - action: win_back_offer
    when:
      kind: stage
      enters: lost_customers
    suggestion: Offer
  - action: retention_call
    when: {kind: segment, enters: lost}
  - action: Thank you
    when: {kind: tier, enters: top}
    suggestion: Thanks
    cooldown_days: 3
    hold_out: 2
"""
    )
    problems = {problem.key: problem for problem in problems_of(shop, text)}
    assert {key: problem.line for key, problem in problems.items()} == {
        "playbook[0].when.enters": 11,
        "playbook[1].action": 13,
        "playbook[1].when.enters": 16,
        "playbook[2].action": 18,
        "playbook[2].when.kind": 19,
        "playbook[2].suggestion": 18,
        "playbook[3].action": 20,
        "playbook[3].when.enters": 21,
        "playbook[3].cooldown_days": 23,
        "playbook[3].hold_out": 24,
    }
    enters = problems["playbook[0].when.enters"]
    assert (enters.found, enters.expected, enters.hint) == (
        "`cant_loose_them`", "a name of the kind rfm", "did you mean `cant_lose_them`?",
    )  # fmt: skip
    assert problems["playbook[1].when.enters"].hint.startswith("known: potential, ")
    assert problems["playbook[2].action"].hint == "that call is set under measures.retention"
    assert problems["playbook[3].action"].hint == "for example `thank_you`"
    assert problems["playbook[3].cooldown_days"].hint == "did you mean `cool_down_days`?"
