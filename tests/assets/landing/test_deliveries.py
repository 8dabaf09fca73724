"""Deliveries: which file versions and rows count, whatever came when, and what an earlier night knew."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os

import polars as pl
import pytest

from assets import clean
from assets.accounting_laws import check_laws
from assets.landing import landed_files
from assets.landing.landing_error import LandingError

from ..cleaned import CLEANED
from .conftest import HEADER, ORDERS, Zone

A = HEADER + "o1,2024-06-01,anna,p1,1,5.00\no2,2024-06-02,bob,p1,1,7.00\n"
B = HEADER + "o1,2024-06-01,anna,p1,1,6.00\n"
C = HEADER + "o3,2024-06-03,cleo,p1,1,9.00\n"
CLEAN_TABLES = ("order_lines", "orders", "customer_days", "customers")


def _orders(zone: Zone) -> list[tuple[str, int]]:
    return zone.frame("select order_id, cast(net_value as integer) from orders order by 1").rows()


def _statuses(zone: Zone) -> list[tuple[str, str, int]]:
    return zone.frame("select file, status, rows_in from row_accounting order by all").rows()


def _everything(zone: Zone) -> dict[str, pl.DataFrame]:
    return {table.contract.name: zone.frame(f"select * from {table.contract.name} order by all") for table in CLEANED}


def test_a_new_version_of_a_file_replaces_the_rows_of_the_old_one_and_both_are_accounted(zone: Zone) -> None:
    zone.write("a.csv", A)
    zone.night()
    zone.write("a.csv", B)
    zone.night()
    assert _orders(zone) == [("o1", 6)]
    assert _statuses(zone) == [("a.csv", "loaded", 1), ("a.csv", "superseded", 2)]
    assert zone.totals() | {"rows_in": 3, "accepted": 3, "superseded": 2} == zone.totals()


@pytest.mark.parametrize(
    ("keyed", "vanished", "amount"), [(True, 1, 7), (False, 2, 12)], ids=["by its key", "by its content"]
)
def test_rows_that_a_new_version_of_a_file_no_longer_has_are_counted_until_some_file_has_them_again(
    zone: Zone, keyed: bool, vanished: int, amount: int
) -> None:
    """With a key o1 is corrected and only o2 is gone; without one the old o1 is another row than the new."""
    source = ORDERS | {"columns": ORDERS["columns"] | ({"line_id": "'1'"} if keyed else {})}
    gone = "select vanished, amount_vanished from row_accounting where status = 'superseded' and vanished > 0"
    zone.write("a.csv", A)
    zone.night(source)
    assert zone.frame(gone).is_empty()
    zone.write("a.csv", B)
    before = zone.night(source)
    assert zone.frame(gone).row(0) == (vanished, amount)
    zone.write("b.csv", A)
    zone.night(source)
    assert zone.frame(gone).is_empty()
    zone.night(source, known_at=before.known_at)
    assert zone.frame(gone).row(0) == (vanished, amount)


def test_the_first_version_delivered_again_counts_again(zone: Zone) -> None:
    for content in (A, B, A):
        zone.write("a.csv", content)
        zone.night()
    assert _orders(zone) == [("o1", 5), ("o2", 7)]
    assert _statuses(zone) == [("a.csv", "loaded", 2), ("a.csv", "superseded", 1)]


def test_appended_deliveries_add_up_under_one_name_too(zone: Zone) -> None:
    append = ORDERS | {"delivery": "append"}
    zone.write("a.csv", A)
    zone.night(append)
    zone.write("a.csv", C)
    zone.night(append)
    assert _orders(zone) == [("o1", 5), ("o2", 7), ("o3", 9)]


def test_of_full_snapshots_the_newest_by_name_is_the_whole_truth_whenever_it_came(zone: Zone) -> None:
    snapshot = ORDERS | {"delivery": "full_snapshot"}
    zone.write("shop-10.csv", A)
    zone.night(snapshot)
    zone.write("shop-9.csv", C)
    zone.night(snapshot)
    assert _orders(zone) == [("o1", 5), ("o2", 7)]
    zone.write("shop-11.csv", C + "o4,2024-06-04,dora,p1,1,1.00\n")
    zone.night(snapshot)
    assert _orders(zone) == [("o3", 9), ("o4", 1)]


def test_a_newer_version_that_cannot_be_read_overtakes_nothing_and_is_forgiven_once_a_good_one_comes(
    zone: Zone,
) -> None:
    zone.write("a.csv", A)
    zone.night()
    zone.write("a.csv", b"\x00\x00")
    zone.night()
    assert _orders(zone) == [("o1", 5), ("o2", 7)]
    assert _statuses(zone) == [("a.csv", "loaded", 2), ("a.csv", "unreadable", 0)]
    zone.write("a.csv", B)
    zone.night()
    assert _statuses(zone) == [("a.csv", "loaded", 1), ("a.csv", "superseded", 0), ("a.csv", "superseded", 2)]


def test_a_file_that_somebody_writes_while_it_is_read_waits_until_it_is_whole(
    zone: Zone, monkeypatch: pytest.MonkeyPatch
) -> None:
    zone.write("a.csv", A)
    zone.night()
    path = zone.write("b.csv", C[:-3])  # its last price is 9.
    feed = landed_files._TextShape.feed

    def feeding(self: landed_files._TextShape, chunk: bytes) -> None:
        feed(self, chunk)
        if chunk.endswith(b"9."):
            path.write_text(C)

    with monkeypatch.context() as writing:
        writing.setattr(landed_files._TextShape, "feed", feeding)
        (landing,) = zone.land(zone.configuration())
    ((file, error),) = landing.unreached
    assert (file, landing.new_files) == ("b.csv", 0)
    assert "b.csv was written to while it was read; it is read next time" in error
    zone.night()
    assert _statuses(zone) == [("a.csv", "loaded", 2), ("b.csv", "loaded", 1)]


def test_the_same_bytes_under_another_name_are_listed_with_all_rows_as_duplicates(zone: Zone) -> None:
    zone.write("a.csv", A)
    zone.write("copy of a.csv", A)
    zone.night()
    assert _statuses(zone) == [("a.csv", "loaded", 2), ("copy of a.csv", "duplicate_file", 2)]
    assert zone.totals() | {"rows_in": 4, "accepted": 2, "duplicates": 2} == zone.totals()
    money = zone.frame("select sum(amount_in), sum(amount_accepted), sum(amount_duplicates) from row_accounting").row(0)
    assert money == (24, 12, 12)


@pytest.mark.parametrize("delivery", ["replace_file", "full_snapshot"])
@pytest.mark.parametrize(
    ("rows", "reason", "lines"),
    [
        ("o2,2024-06-02,bob,p2,1,7.00,JPY\n", "missing_exchange_rate", [3]),
        ("o2,2024-06-02,bob,p2,1,7.00,\no2,2024-06-02,bob,p2,1,8.00,\n", "conflicting_versions", [3, 4]),
    ],
)
def test_of_equal_bytes_in_force_and_superseded_what_only_rows_in_force_are_judged_for_is_set_aside_once(
    zone: Zone, delivery: str, rows: str, reason: str, lines: list[int]
) -> None:
    """An unchanged snapshot of the next day, or a copy whose original was written over."""
    columns = ORDERS["columns"] | {"currency": "currency", "line_id": "product"}
    source = ORDERS | {"columns": columns, "delivery": delivery}
    same = HEADER.replace("price", "price,currency") + "o1,2024-06-01,anna,p1,1,5.00,\n" + rows
    zone.write("1.csv", same)
    zone.write("2.csv", same)
    night = zone.night(source)
    if delivery == "replace_file":
        zone.write("1.csv", same.replace("bob", "dora"))
        night = zone.night(source)
    assert ("1.csv", "superseded") in {(file, status) for file, status, _ in _statuses(zone)}
    set_aside = zone.frame("select line_number, reasons from quarantine where file = '2.csv' order by 1").rows()
    assert set_aside == [(line, [reason]) for line in lines]
    laws = check_laws(zone.warehouse, {"quarantine_accounted"}, as_of=night.as_of, window_days=365)
    assert [law.observed for law in laws if not law.passed] == []


def test_landing_the_same_files_again_changes_nothing(zone: Zone) -> None:
    path = zone.write("a.csv", A + "o4,never,dora,p1,1,1.00\n")
    zone.night()
    before = _everything(zone)
    zone.night()
    os.utime(path)  # touched, not changed
    zone.night()
    after = _everything(zone)
    assert all(before[name].equals(after[name]) for name in before)


def test_a_file_that_leaves_the_landing_zone_was_delivered_all_the_same(zone: Zone) -> None:
    path = zone.write("a.csv", A)
    zone.night()
    path.unlink()
    zone.night()
    assert _orders(zone) == [("o1", 5), ("o2", 7)]


def test_an_earlier_night_is_told_again_whatever_has_landed_since(zone: Zone) -> None:
    zone.write("a.csv", A)
    zone.write("who.csv.customers", "id\nanna\nzoe\n")
    sources = (ORDERS, {
        "name": "people", "kind": "customers", "path": str(zone.raw / "*.customers"), "format": "csv",
        "columns": {"customer_id": "id"},
    })  # fmt: skip
    as_of = dt.date(2024, 7, 10)
    night = zone.night(*sources, as_of=as_of)
    before = _everything(zone)

    zone.clock += dt.timedelta(days=3)
    zone.write("a.csv", B)
    zone.write("b.csv", C + A.removeprefix(HEADER))
    zone.write("who.csv.customers", "id\nanna\nyves\n")
    zone.night(*sources, as_of=as_of)
    assert _orders(zone) == [("o1", 11), ("o2", 7), ("o3", 9)]
    assert not _everything(zone)["customers"].equals(before["customers"])

    zone.night(*sources, as_of=as_of, known_at=night.known_at)
    again = _everything(zone)
    assert {name for name in before if not again[name].equals(before[name])} == set()


def test_files_read_under_another_mapping_are_read_again_from_the_archive(zone: Zone) -> None:
    path = zone.write("a.csv", A)
    zone.night()
    path.unlink()
    zone.night(ORDERS | {"columns": ORDERS["columns"] | {"quantity": "2"}})
    assert _orders(zone) == [("o1", 10), ("o2", 14)]


def test_a_night_before_which_a_changed_mapping_was_not_landed_is_refused_rather_than_short_of_rows(zone: Zone) -> None:
    zone.write("a.csv", A)
    before = zone.night()
    mapped = zone.configuration(ORDERS | {"columns": ORDERS["columns"] | {"quantity": "2"}})
    with pytest.raises(LandingError, match=r"mapping has changed .*: shop \(1 file\)\. Run the job `landing` first"):
        clean.file_register.compute(dataclasses.replace(before, configuration=mapped))
    # Nothing had landed by then that could be missing.
    clean.file_register.compute(
        dataclasses.replace(before, configuration=mapped, known_at=zone.clock - dt.timedelta(days=1))
    )

    zone.land(mapped)
    clean.file_register.compute(dataclasses.replace(before, configuration=mapped))


def test_a_customer_filed_every_night_is_known_since_the_first_time(zone: Zone) -> None:
    people = {
        "name": "people", "kind": "customers", "columns": {"customer_id": "id", "gender": "gender"},
    }  # fmt: skip
    zone.write("p.csv", "id,gender\nanna,f\n")
    zone.night(people, as_of=dt.date(2024, 7, 10))
    zone.clock += dt.timedelta(days=5)
    zone.write("p.csv", "id,gender\nanna,x\n")
    zone.night(people, as_of=dt.date(2024, 7, 10))
    known = zone.frame("select customer_id, gender, known_since from customers").rows()
    assert known == [("anna", "x", dt.date(2024, 7, 1))]


@pytest.mark.parametrize("shape", ["split", "whole"])
def test_names_are_relative_to_the_source_s_folder(zone: Zone, shape: str) -> None:
    zone.write("2024/06/a.csv", A)
    path = zone.raw / ("**" if shape == "whole" else "2024/*") / "*.csv"
    zone.night(ORDERS | {"path": str(path)})
    expected = {"whole": "2024/06/a.csv", "split": "06/a.csv"}[shape]
    assert zone.frame("select file from row_accounting").item() == expected


def test_a_sign_of_patterns_that_stands_for_itself_leaves_names_relative_to_its_folder(zone: Zone) -> None:
    """They held the folder's own name, so that the same files had others once it was moved."""
    zone.write("copy [1]/a.csv", A)
    zone.night(ORDERS | {"path": str(zone.raw / "copy [[]1]" / "*.csv")})
    assert zone.frame("select file from row_accounting").item() == "a.csv"
