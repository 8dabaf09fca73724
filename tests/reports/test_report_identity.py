"""What identity resolution came to, as a part of data quality, in both languages; nothing where none is configured."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
from page_reader import part, read, rows

from reports.page import render
from reports.report_data import Identity, ReportData

FOUND = Identity(
    accounts=600,
    customers=400,
    attached=390,
    suspect_clusters=1,
    suspect_accounts=12,
    usage=pl.DataFrame(
        [("phone", "unusable", 7, 9), ("email", "own", 250, 250), ("email", "shared", 195, 390)],
        schema=["kind", "fate", "identifiers", "accounts"],
        orient="row",
    ),
)


def test_the_report_says_how_many_customers_the_accounts_are_and_what_unites_them(year: ReportData) -> None:
    page, _ = read(render(replace(year, identity=FOUND)))
    figure = part(page, "identity")
    text = figure.text
    assert (
        "400 customers in 600 accounts of all sources: 65.0% of the accounts united with another, 1.50 per customer."
        in text
    )
    assert "Too large to be believed, so left as they were: 1 cluster, 12 accounts in all;" in text
    assert rows(page, "identity") == [
        ["E-mail address", "Unites accounts", "195", "390"],
        ["E-mail address", "Of one account only", "250", "250"],
        ["Telephone number", "No address, no number", "7", "9"],
    ]


def test_a_single_account_reads_as_one(year: ReportData) -> None:
    alone = replace(FOUND, accounts=1, customers=1, attached=0)
    assert "1 customer in 1 account of all sources: 0.0% of the accounts" in render(replace(year, identity=alone))


def test_the_report_says_it_in_chinese_too(year: ReportData) -> None:
    page, _ = read(render(replace(year, identity=FOUND, language="zh")))
    text = part(page, "identity").text
    assert "600 个账户，归并为 400 名客户" in text
    assert "1 个群组，共 12 个账户" in text


def test_without_accounts_or_without_rules_there_is_no_such_part(year: ReportData) -> None:
    assert 'id="identity"' not in render(year)
    assert 'id="identity"' not in render(replace(year, identity=replace(FOUND, accounts=0, customers=0)))
    calm = render(replace(year, identity=replace(FOUND, suspect_clusters=0, suspect_accounts=0)))
    assert "oo large to be believed" not in calm
