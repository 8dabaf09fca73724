"""`analytics sources propose`: several files at once, what it says, what it keeps to itself, and how it ends."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import re
from pathlib import Path

import polars as pl
import pytest
from night_shop import Analytics, Shop
from proposal_files import (
    EXPECTED,
    FILES,
    Desk,
    battery_survey,
    customer_list,
    mapping,
    odd_header,
    seen,
    table,
    till_receipts,
    workbook,
)

from assets.landing.ready_mappings import ready_mapping
from assets.landing.source_files import find_files
from pipelines.configuration_file import load
from pipelines.source_proposal_preview import Preview, preview
from pipelines.yaml_document import read_document

EXPORTS = sorted((Path(__file__).parents[1] / "assets" / "landing" / "exports").glob("*.csv"))


def test_the_page_for_beginners_shows_what_the_command_says_and_writes(
    tmp_path: Path, analytics: Analytics, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (Path(__file__).parents[2] / "docs" / "getting-started.md").read_text(encoding="utf-8")
    [(export, said, written)] = re.findall(
        r"^```csv\n(.*?)^```$.*?^```text\n\$ [^\n]*\n(.*?)^```$.*?^```yaml\n(.*?)^```$", page, re.DOTALL | re.MULTILINE
    )
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "2026-01.csv").write_text(export, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    outcome = analytics("sources", "propose", "exports", "--name", "Corner shop", "--timezone", "Europe/London")
    assert [line.rstrip() for line in outcome.said.strip().splitlines()] == [
        line.rstrip() for line in said.strip().splitlines()
    ]
    assert Path("analytics.yaml").read_text(encoding="utf-8") == written


# ------------------------------------------------------------------ several files


def test_a_workbook_gives_a_source_per_sheet_that_holds_something(desk: Desk) -> None:
    proposal = desk.propose(workbook(desk.folder / "export.xlsx"))
    assert [(s.name, s.kind) for s in proposal.sources] == [("orders", "transactions"), ("customers", "customers")]
    assert [mapping(proposal, number)["sheet"] for number in (0, 1)] == ["Orders", "Customers"]
    assert mapping(proposal)["skip_rows"] == 2
    assert desk.errors(proposal.text) == []
    assert seen(proposal).counts["accepted"] == 80
    assert seen(proposal, 1).counts["accepted"] == 17


def test_numbers_of_customers_in_a_workbook_are_mapped_as_they_are_so_that_letters_may_follow(desk: Desk) -> None:
    import xlsxwriter

    path = desk.folder / "ventes.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["N° commande", "Date de commande", "N° client", "Montant HT"])
        for i in range(40):
            sheet.write_row(1 + i, 0, [f"V{i}", f"2024-01-{1 + i % 28:02}", 300 + i % 9 if i else None, 9.5])
    proposal = desk.propose(path)
    assert mapping(proposal)["columns"]["customer_id"] == "N° client"
    assert seen(proposal).rows["customer_id"].to_list()[1] == "301"


def test_daily_files_are_one_source_whether_the_shell_or_the_command_expands_the_glob(desk: Desk) -> None:
    for day in range(1, 6):
        rows = [(100 * day + i, f"2024-01-0{day}", i % 9, 4.5) for i in range(20)]
        desk.put(f"raw/2024-01-0{day}.csv", table("order id,order date,customer id,amount", rows))
    desk.put("raw/readme.txt", "nothing here is a table\n")
    files = sorted((desk.folder / "raw").glob("*.csv"))
    for given in (files, [desk.folder / "raw" / "*.csv"], [desk.folder / "raw"]):
        proposal = desk.propose(*given)
        assert mapping(proposal)["path"] == "raw/*.csv"
        assert mapping(proposal)["delivery"] == "replace_file"
        assert seen(proposal).counts["accepted"] == 100
    assert len(proposal.sources) == 1
    assert "readme.txt" in proposal.left_out


def test_signs_of_a_pattern_in_the_names_of_folders_and_files_are_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(tmp_path / "shop [old]")
    for name in ("orders [1].csv", "returns*.csv"):
        rows = [(f"{name[0]}{i}", "2024-01-02", i % 9, 4.5) for i in range(20)]
        desk.put(f"raw/{name}", table("order id,order date,customer id,amount", rows))
    desk.put("raw/deep/late [2].csv", table("order id,order date,customer id,amount", [("l1", "2024-02-03", 7, 1.5)]))
    monkeypatch.chdir(desk.folder)
    for given in ("raw/orders*.csv", "raw/orders [1].csv"):
        assert mapping(desk.propose(given))["path"] == "raw/orders [[]1].csv"
    proposal = desk.propose("raw")
    desk.target.write_text(proposal.text)
    files = [find_files(source) for source in load(desk.target).sources]
    assert sorted(file.name for found in files for file in found) == ["late [2].csv", "orders [1].csv", "returns*.csv"]


def test_files_that_each_hold_everything_are_snapshots(desk: Desk) -> None:
    for month in range(1, 4):
        rows = [(f"C{i}", f"secret{i}@example.org", f"2023-0{1 + i % 9}-01") for i in range(30 + month)]
        desk.put(f"crm/2024-0{month}.csv", table("customer id,email,registered at", rows))
    proposal = desk.propose(desk.folder / "crm")
    assert mapping(proposal)["delivery"] == "full_snapshot"
    assert "# delivery: replace_file" in proposal.text


def test_orders_that_changed_between_two_exports_are_said_to_count_twice_and_the_way_out_counts_them_once(
    desk: Desk,
) -> None:
    for file, first in ((1, 0), (2, 50)):
        rows = [(f"A{i}", f"2024-01-{1 + i % 28:02}", i % 9, "done" if file > 1 else "new", 5) for i in range(60)]
        rows = [(f"A{first + i}", *row[1:]) for i, row in enumerate(rows)]
        desk.put(f"raw/{file}.csv", table("order id,order date,customer id,status,amount", rows))
    proposal = desk.propose(desk.folder / "raw")
    assert seen(proposal).kinds["sold"][0] == 120
    assert "10 of 110 orders stand in more than one file, and not alike: they would count twice" in proposal.text
    text = proposal.text.replace("# line_id: ", "line_id: ")
    assert desk.errors(text) == []
    (desk.folder / "home").mkdir()
    [found] = preview(load(desk.target), desk.folder / "home").values()
    assert isinstance(found, Preview)
    assert (found.counts["superseded"], found.kinds["sold"][0]) == (10, 110)


def test_orders_of_several_lines_in_two_exports_count_twice_unless_they_are_alike(desk: Desk) -> None:
    lines = [(f"A{i}", f"2024-01-{1 + i % 28:02}", i % 9, f"P{line}", 5) for i in range(60) for line in range(2)]
    header = "order id,order date,customer id,sku,amount"
    desk.put("raw/1.csv", table(header, lines))
    desk.put("raw/2.csv", table(header, [(f"B{row[0]}", *row[1:]) for row in lines] + lines[:6]))
    assert "count twice" not in desk.propose(desk.folder / "raw").text
    desk.put("raw/2.csv", table(header, [(f"B{row[0]}", *row[1:]) for row in lines] + lines[:5]))
    text = desk.propose(desk.folder / "raw").text
    assert "1 of 120 orders stand in more than one file, and not alike" in text
    assert "# delivery: full_snapshot" in text


def test_files_of_different_kinds_make_one_configuration(desk: Desk) -> None:
    paths = [desk.put(name, FILES[name]()) for name in ("shop_orders.csv", "customers.csv", "feedback.csv")]
    proposal = desk.propose(*paths)
    assert {s.kind for s in proposal.sources} == {"transactions", "customers", "surveys"}
    assert desk.errors(proposal.text) == []
    assert proposal.is_runnable
    together = desk.propose(desk.folder)
    assert {s.kind for s in together.sources} == {"transactions", "customers", "surveys"}


def test_the_simulated_shop_is_understood_as_its_own_configuration_has_it(desk: Desk, landed: Shop) -> None:
    proposal = desk.propose(*(landed.folder / kind for kind in ("orders", "surveys", "customers")))
    assert desk.errors(proposal.text) == []
    own = {source.kind: source for source in load(landed.configuration).sources}
    for source in load(desk.target).sources:
        assert dict(source.columns) == {
            name: text for name, text in own[source.kind].columns.items() if text in source.columns.values()
        }
        assert len(source.columns) >= len(own[source.kind].columns) - 1
        assert {key: q.kind for key, q in source.questions.items()} == {
            key: q.kind for key, q in own[source.kind].questions.items()
        }


def test_files_by_year_in_one_folder_are_named_after_folder_and_year_and_told_what_to_fill_in(
    desk: Desk, analytics: Analytics
) -> None:
    for year in (2014, 2015):  # other columns every year, so another source
        desk.put(f"answers/{year}.csv", battery_survey().replace(b"GATE", b"GATE%d" % year))
    outcome = analytics("sources", "propose", desk.folder / "answers", "--out", desk.target)
    assert outcome.code == 1
    assert re.findall(r"^(\w+): surveys", outcome.said, re.MULTILINE) == ["answers", "answers_2015"]
    assert "responded_at: make_date(2015, " in outcome.said


def test_what_a_run_has_written_is_no_source(desk: Desk) -> None:
    desk.put("orders.csv", till_receipts())
    (desk.folder / "home").mkdir()
    (desk.folder / "home" / "warehouse.duckdb").touch()
    desk.put("home/archive/old.csv", customer_list())
    assert len(desk.propose(desk.folder).sources) == 1


def test_of_a_large_file_whole_rows_from_its_start_are_read_and_that_is_said(desk: Desk) -> None:
    rows = [(i, "2024-01-02", i % 9, 4.5, '"two\nlines, and a comma"') for i in range(5_000)]
    path = desk.put("orders.csv", table("order id,order date,customer id,amount,note", rows))
    packed = desk.put("packed.csv.gz", gzip.compress(path.read_bytes()))
    for file in (path, packed):
        proposal = desk.propose(file, budget=50_000)
        counts = seen(proposal).counts
        assert 100 < counts["rows_in"] < 2_000
        assert counts["quarantined"] == 0
        assert f"{counts['rows_in']:,} rows, the first of the file" in proposal.text
        assert mapping(proposal)["path"] == file.name


def test_of_large_parquet_files_the_first_rows_of_each_are_read(desk: Desk) -> None:
    frame = pl.DataFrame(
        {"order_id": range(9_000), "order_date": [dt.date(2024, 1, 2)] * 9_000, "amount": [4.5] * 9_000}
    )
    for month in (1, 2):
        (desk.folder / "raw").mkdir(exist_ok=True)
        frame.with_columns(pl.col("order_id") + month * 10_000).write_parquet(
            desk.folder / f"raw/2024-0{month}.parquet"
        )
    proposal = desk.propose(desk.folder / "raw", budget=20_000)
    assert seen(proposal).counts["rows_in"] == 2_000
    assert mapping(proposal)["path"] == "raw/*.parquet"


# ------------------------------------------------------------------ what it says, and what it keeps to itself


@pytest.mark.parametrize("name", ["orders.jsonl", "shop_orders.csv", "customers.csv"])
def test_no_address_telephone_or_birthday_reaches_the_file_or_the_terminal(
    desk: Desk, analytics: Analytics, name: str
) -> None:
    path = desk.put(name, FILES[name]())
    said = analytics("sources", "propose", path, "--out", desk.target)
    assert said.code == 0
    for text in (said.said, desk.target.read_text()):
        assert "secret" not in text
        assert "7700 900" not in text
        assert not re.search(r"\d\d/\d\d/19\d\d|19\d\d-\d\d-\d\d", text)
        assert "Ann1" not in text


def test_the_terminal_shows_the_rows_as_understood_the_accounting_and_the_next_commands(
    desk: Desk, analytics: Analytics
) -> None:
    outcome = analytics("sources", "propose", desk.put("till.csv", till_receipts()), "--out", desk.target)
    assert outcome.code == 0
    said = " ".join(outcome.said.split())
    assert "315 of 316 accepted, 1 duplicate," in said
    assert "sold 300" in said
    assert "refunds 9" in said
    assert "Doubts (" in said
    assert f"analytics run --config {desk.target}" in said
    first = next(line for line in outcome.said.splitlines() if line.startswith("   2  "))
    assert first.split() == ["2", "536365", "2024-01-01", "08:26", "17850", "85000A", "1", "2.55", "sold", "2.55"]
    assert any(" refund " in line for line in outcome.said.splitlines())


def test_odd_names_of_columns_are_data_and_never_orders_to_yaml_sql_or_the_terminal(
    desk: Desk, analytics: Analytics
) -> None:
    outcome = analytics("sources", "propose", desk.put("odd.csv", odd_header()), "--out", desk.target)
    assert outcome.code == 0
    assert "\u202e" not in outcome.said
    text = desk.target.read_text()
    assert "\u202e" not in text
    data = read_document(text)
    assert data.faults == []
    assert set(data.data) == {"home", "business", "sources", "nightly"}
    assert data.data["sources"][0]["columns"] == EXPECTED["evil; name #1.csv"]


def test_a_configuration_that_is_there_is_never_written_over_unasked(desk: Desk, analytics: Analytics) -> None:
    path = desk.put("till.csv", till_receipts())
    desk.target.write_text("mine")
    refused = analytics("sources", "propose", path, "--out", desk.target)
    assert refused.code == 2
    assert "--force" in refused.said
    assert desk.target.read_text() == "mine"
    assert analytics("sources", "propose", path, "--out", desk.target, "--force").code == 0
    assert "sources:" in desk.target.read_text()


def test_a_dash_prints_the_configuration_and_writes_nothing(desk: Desk, analytics: Analytics) -> None:
    path = desk.put("till.csv", till_receipts())
    outcome = analytics("sources", "propose", path, "--out", "-")
    assert outcome.code == 0
    assert read_document(outcome.said).data["sources"][0]["kind"] == "transactions"
    assert [each.name for each in desk.folder.iterdir()] == ["till.csv"]


def test_what_cannot_be_found_is_named_by_the_command_and_by_check_config(desk: Desk, analytics: Analytics) -> None:
    path = desk.put("2014.csv", battery_survey())
    outcome = analytics("sources", "propose", path, "--out", desk.target)
    assert outcome.code == 1
    assert "MISSING responded_at" in outcome.said
    assert "cannot be run yet" in outcome.said
    text = desk.target.read_text()
    offered = "# responded_at: make_date(2014, 1, CAST(INTDATE AS INTEGER))"
    assert offered in text
    checked = analytics("check-config", "--config", desk.target)
    assert checked.code == 2
    assert "`responded_at`" in checked.said
    assert desk.errors(text.replace(offered, offered[2:])) == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (table("a,b,c", [(f"x{i}", "y", "z") for i in range(30)]), "look like no orders, survey answers or customers"),
        ("", "the file is empty"),
        (bytes(range(256)) * 40, "not text"),
        ("order id,order date\n", "no row below its header"),
    ],
)
def test_a_hopeless_file_ends_in_a_message_and_no_configuration(
    desk: Desk, analytics: Analytics, content: bytes | str, said: str
) -> None:
    outcome = analytics("sources", "propose", desk.put("hopeless.csv", content), "--out", desk.target)
    assert outcome.code == 1
    assert said in outcome.said
    assert not desk.target.exists()


def test_usage_errors_say_what_was_expected(desk: Desk, analytics: Analytics) -> None:
    path = desk.put("till.csv", till_receipts())
    missing = analytics("sources", "propose", desk.folder / "no.csv", "--out", desk.target)
    assert (missing.code, "no such file" in missing.said) == (2, True)
    zone = analytics("sources", "propose", path, "--out", desk.target, "--timezone", "Europe/Lundon")
    assert (zone.code, "Europe/London" in zone.said) == (2, True)
    folder = analytics("sources", "propose", path, "--out", desk.folder / "no" / "a.yaml")
    assert (folder.code, "no such folder" in folder.said) == (2, True)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("orders.zip", "a zip archive is not read: unpack it, or pack each file by itself with gzip"),
        ("orders.json", "a JSON file is read where every line is one record"),
        ("orders.xls", "a workbook of Excel before 2007 is not read: save it as .xlsx"),
    ],
)
def test_a_file_of_a_kind_that_is_not_read_is_named_with_what_to_do_alone_or_in_a_folder(
    desk: Desk, analytics: Analytics, name: str, said: str
) -> None:
    path = desk.put(f"exports/{name}", '[{"id": 1}]')
    alone = analytics("sources", "propose", path, "--out", desk.target)
    assert (alone.code, said in alone.said) == (1, True)
    together = analytics("sources", "propose", path.parent, "--out", desk.target)
    assert (together.code, f"found {name}, and nothing that can be read; {said}" in together.said) == (2, True)
    assert "no such file" not in together.said
    assert "csv, tsv, txt, parquet" in together.said


def test_a_file_that_is_not_read_beside_files_that_are_is_left_out_aloud(desk: Desk, analytics: Analytics) -> None:
    path = desk.put("exports/till.csv", till_receipts())
    desk.put("exports/may.zip", b"PK")
    outcome = analytics("sources", "propose", path.parent, "--out", desk.target)
    assert (outcome.code, "left out may.zip: a zip archive is not read" in outcome.said) == (0, True)


def test_marks_to_fill_in_are_spoken_of_only_where_there_are_some(desk: Desk, analytics: Analytics) -> None:
    rows = [(f"S{i}", f"0{1 + i % 9}.01.24", i % 9, 9.5) for i in range(9)]
    path = desk.put("orders.csv", table("Order No,Order Date,Customer No,Amount", rows))
    outcome = analytics("sources", "propose", path, "--out", desk.target)
    assert outcome.code == 0
    assert "date_format: '%d.%m.%y'" in desk.target.read_text()
    assert "MISSING" not in outcome.said + desk.target.read_text()


def test_what_the_person_knows_is_not_guessed(desk: Desk) -> None:
    options = {"name": "Corner shop", "timezone": "Asia/Tokyo", "currency": "JPY"}
    proposal = desk.propose_text(till_receipts(), **options)
    assert read_document(proposal.text).data["business"] == options
    elsewhere = desk.propose_text(till_receipts(), home=desk.folder / "results")
    assert read_document(elsewhere.text).data["home"] == "results"
    forced = desk.propose_text(customer_list(), "people.csv", kind="surveys")
    assert forced.sources[0].kind == "surveys"


@pytest.mark.parametrize("export", EXPORTS, ids=lambda path: path.stem)
def test_a_known_export_is_recognised_by_its_header_and_mapped_by_its_ready_mapping(desk: Desk, export: Path) -> None:
    proposal = desk.propose(export)
    ready = ready_mapping(export.stem)
    assert f"the header is that of {ready.title['en']}"[:100] in proposal.text
    assert mapping(proposal)["kind"] == ready.source["kind"]
    assert mapping(proposal)["columns"] == ready.options(proposal.sources[0].rows.header)["columns"]
    assert proposal.sources[0].notes
    assert desk.errors(proposal.text) == []
    assert proposal.is_runnable
    assert seen(proposal).counts["accepted"] > 0


@pytest.mark.parametrize("name", ["shopify_orders", "woocommerce_order_items"])
def test_a_known_export_that_a_german_excel_saved_again_comes_to_the_same_money(desk: Desk, name: str) -> None:
    [export] = (path for path in EXPORTS if path.stem == name)
    text = export.read_text(encoding="utf-8").replace("27.00", "27.45")  # a number with decimals to calculate with
    rows = list(csv.reader(text.splitlines()))
    german = [[re.sub(r"^(\d+)\.(\d*?)0*$", r"\1,\2", value).removesuffix(",") for value in row] for row in rows]
    proposal = desk.propose_text("\n".join(";".join(f'"{value}"' for value in row) for row in german))
    assert mapping(proposal)["decimal"] == ","
    assert seen(proposal).counts["quarantined"] == 0
    assert seen(proposal).kinds == seen(desk.propose_text(text)).kinds


def test_what_a_file_shows_wins_over_what_its_ready_mapping_takes_for_granted(desk: Desk) -> None:
    [export] = (path for path in EXPORTS if path.stem == "sap_sales_orders")
    german = export.read_text(encoding="utf-8")
    english = re.sub(r"(\d\d)\.(\d\d)\.(\d{4})", r"\2/\1/\3", german).translate(str.maketrans(",.", ".,"))
    for text, marks in ((german, (",", ".", "%d.%m.%Y")), (english, (".", ",", "%m/%d/%Y"))):
        proposal = desk.propose_text(text.replace(";", "\t").encode("utf-16"), "VBAK.txt")
        source = {"decimal": ".", "thousands": "", "date_format": "%m/%d/%Y"} | mapping(proposal)
        assert "delimiter" not in source
        assert (source["decimal"], source["thousands"], source["date_format"]) == marks
        assert seen(proposal).kinds == seen(desk.propose(export)).kinds
        assert (seen(proposal).first_event, seen(proposal).last_event) == (dt.date(2024, 1, 15), dt.date(2024, 2, 22))


@pytest.mark.slow
def test_a_proposal_runs_as_it_was_written(landed: Shop, tmp_path: Path, analytics: Analytics) -> None:
    target = tmp_path / "analytics.yaml"
    folders = [landed.folder / kind for kind in ("orders", "surveys", "customers")]
    assert analytics("sources", "propose", *folders, "--out", target).code == 0
    outcome = analytics("run", "--config", target)
    assert outcome.code == 0, outcome.said


@pytest.mark.parametrize(
    ("folder", "pattern"), [("y=2024/m={}", "y=*/m=*"), ("2024/{:02}", "2024/*"), ("2024-{:02}", "*")]
)
def test_folders_by_month_or_key_are_one_source_and_take_in_the_months_to_come(
    desk: Desk, folder: str, pattern: str
) -> None:
    for month in range(1, 4):
        rows = [(month * 100 + i, f"2024-0{month}-02", i % 9, 10) for i in range(30)]
        desk.put(f"exports/sales/{folder.format(month)}/part-0000.csv", table("order id,date,customer,amount", rows))
    proposal = desk.propose(desk.folder / "exports")
    [source] = proposal.sources
    assert (source.name, source.files, seen(proposal).counts["accepted"]) == ("sales", 3, 90)
    assert str(source.pattern).endswith(f"exports/sales/{pattern}/*.csv")


def test_files_in_a_folder_named_like_a_pattern_are_proposed_and_read(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "Exports [2024]")
    rows = [(i, "2024-01-02", i % 9, 10) for i in range(30)]
    proposal = desk.propose(desk.put("sales [1]/a.csv", table("order id,date,customer,amount", rows)).parent)
    assert mapping(proposal)["path"] == "sales [[]1]/*.csv"
    assert seen(proposal).counts["accepted"] == 30
