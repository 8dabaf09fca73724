"""Files as people really have them, the mapping each should get, and a desk to have it proposed on."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import json
import random
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from pipelines.configuration_file import check
from pipelines.source_proposal import Proposal, propose
from pipelines.source_proposal_preview import Preview
from pipelines.yaml_document import read_document


def table(header: str, rows: Iterable[Sequence[Any]], delimiter: str = ",") -> str:
    return "\n".join([header, *(delimiter.join(map(str, row)) for row in rows)]) + "\n"


def german(number: float) -> str:
    return f"{number:,.2f}".translate(str.maketrans(",.", ".,"))


def german_orders() -> bytes:
    chance = random.Random(1)
    rows = [
        (f"B{10_000 + i // 2}", f"{dt.date(2024, 1, 1) + dt.timedelta(i // 4):%d.%m.%Y}", 100 + i // 2 % 37,
         f"A{i % 20:03}", f"Gläser groß {i % 20}", n, german(price), german(n * price), "EUR", "Deutschland")
        for i in range(120)
        for n, price in [(chance.randint(1, 5), chance.choice([12.5, 1299.0, 7.99]))]
    ]  # fmt: skip
    rows += [("B10059", "30.01.2024", 122, "VERSAND", "Versandkosten", 1, "4,90", "4,90", "EUR", "Deutschland")]
    header = (
        "Bestellnummer;Bestelldatum;Kunden-Nr;Artikel-Nr;Artikelbezeichnung;Menge;Einzelpreis;Gesamtpreis;Währung;Land"
    )
    return table(header, rows, ";").encode("cp1252")


def chinese_orders() -> bytes:
    rows = [
        (f"DD{20_240_000 + i}", f"{dt.datetime(2024, 3, 1, 9) + dt.timedelta(hours=7 * i):%Y/%m/%d %H:%M}",
         1000 + i % 31, f"SP{i % 30:03}", ("茶杯", "笔记本", "运动鞋")[i % 3], 1 + i % 4, 39.9,
         f"{(1 + i % 4) * 39.9:.2f}", "已取消" if i % 20 == 7 else "已完成", ("天猫", "京东", "门店")[i % 3])
        for i in range(120)
    ]  # fmt: skip
    return table("订单编号,下单时间,客户编号,商品编码,商品名称,数量,单价,实付金额,订单状态,渠道", rows).encode(
        "gb18030"
    )


def nested_orders() -> bytes:
    rows = [
        {
            "id": i + 1,
            "created_at": (dt.datetime(2024, 5, 1, tzinfo=dt.UTC) + dt.timedelta(hours=5 * i)).isoformat(),
            "customer": {"id": 7 + i % 13, "email": f"secret{i % 13}@example.org"},
            "total": 5 + i / 4,
            "currency": "EUR",
            "items": [{"sku": "a"}],
        }
        for i in range(60)
    ]
    return "\n".join(map(json.dumps, rows)).encode()


def shop_orders() -> bytes:
    rows = [
        (f"#{1000 + i}", f"2024-0{1 + i % 9}-1{i % 9}T10:00:00Z", f"secret{i % 23}@example.com", f"{50 + i / 3:.2f}",
         "4.90", f"{10 + i / 5:.2f}", f"{64.9 + i / 2:.2f}", "refunded" if i % 10 == 3 else "paid",
         ("web", "pos")[i % 2])
        for i in range(100)
    ]  # fmt: skip
    return table("Order ID,Placed,E-mail,Subtotal,Shipping,Tax,Total,Status,Source", rows).encode()


def customer_list() -> bytes:
    rows = [
        (100 + i, f"Ann{i}", f"secret{i}@mail.example", f"+44 7700 900{i:03}",
         f"{1 + i % 28:02}/{1 + i % 12:02}/{1960 + i % 40}",
         "FM"[i % 2], "UK", f"{1 + i % 28:02}/{1 + i % 12:02}/2023", ("ja", "nein")[i % 2])
        for i in range(90)
    ]  # fmt: skip
    header = "Customer No,First name,Email address,Mobile,DOB,Sex,Country,Signup date,Newsletter"
    return table(header, rows).encode()


def feedback_form() -> bytes:
    header = (
        "Timestamp,How satisfied are you overall? (1-5),How likely are you to recommend us? (0-10),Any words?,Store"
    )
    rows = [
        (
            f"2024/05/{1 + i % 28:02} 2:{10 + i % 50}:00 PM",
            1 + i % 5,
            i % 11,
            f'"More, please {i}"',
            ("North", "South")[i % 2],
        )
        for i in range(90)
    ]
    return table(header, rows).encode()


def answer_list() -> bytes:
    rows = [
        (
            f"R{i // 2}",
            f"2024-0{1 + i % 9}-03",
            f"C{i % 20}",
            *(("overall", 1 + i % 5) if i % 2 else ("recommend", i % 11)),
        )
        for i in range(120)
    ]
    rows += [("R99", "2024-02-02", "C3", "overall", 9)] * 3
    return table("response_id,submitted_at,customer_id,question,rating", rows).encode()


def battery_survey() -> bytes:
    """As polling firms deliver: coded columns, a list of questions, days of a month, nothing that says what is what."""
    header = "RESPNUM,INTDATE,GATE,Q7FOOD,Q7SIGN,Q7WIFI,Q7ALL,AGE"
    rows = [(i + 1, 1 + i % 21, 20 + i % 50, i % 7, i % 6, 1 + i % 5, i % 7, 1 + i % 8) for i in range(200)]
    return table(header, rows).encode()


def purchase_log() -> bytes:
    """No header, aligned columns, no order numbers: as researchers pass on."""
    chance = random.Random(2)
    lines = [
        f" {chance.randint(4, 900):05} {dt.date(1997, 1, 1) + dt.timedelta(chance.randint(0, 500)):%Y%m%d}"
        f" {n:2} {n * 12.49:8.2f}"
        for n in (chance.choice([1, 1, 1, 2, 2, 3, 4]) for _ in range(400))
    ]
    return "\n".join(lines).encode() + b"\n"


def till_receipts() -> bytes:
    """Invoice lines with cancellations, postage, a manual correction, ids that were numbers once."""
    rows = [
        (536_365 + i // 3, f"{85_000 + i % 40}A", f"HEART {i % 40}", 1 + i % 6, f"2024-01-{1 + i % 28:02} 08:26:00",
         "2.55", f"{17_850 + i // 3 % 50}.0")
        for i in range(300)
    ]  # fmt: skip
    rows += [(f"C{537_000 + i}", "85001A", "HEART 1", -1, "2024-02-01 10:00:00", "2.55", "17850.0") for i in range(9)]
    rows += [(536_365 + i, "POST", "POSTAGE", 1, "2024-01-09 08:26:00", "4.00", "17851.0") for i in range(5)]
    rows += [(536_380, "M", "Manual", 1, "2024-01-09 08:26:00", "3.00", "17852.0")]
    rows += [rows[0]]
    return table("Receipt No,Stock Code,Description,Qty,Sale Date,Price,Client No", rows).encode()


def odd_header() -> bytes:
    names = [
        'order "id"', "date\nof order", "x'); drop table landed_files; --", "# comment: yes", "- list", "{a: b}",
        "${HOME}", "qty", "=cmd|' /C calc'!A0", " amount (€) ", "\u202ertl", "on", "", "on",
    ]  # fmt: skip
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(names)
    writer.writerows(
        [[i, f"2024-01-{1 + i % 28:02}", *"abcde", 1 + i % 3, "s", "9.50", "r", i % 2, "", "t"] for i in range(60)]
    )
    return out.getvalue().encode()


def workbook(path: Path) -> Path:
    """Orders under a title and two empty rows, customers on a second sheet, notes on a third."""
    import xlsxwriter

    with xlsxwriter.Workbook(path) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        orders, customers = book.add_worksheet("Orders"), book.add_worksheet("Customers")
        book.add_worksheet("Notes")
        orders.write_row(0, 0, ["Sales report 2024"])
        orders.write_row(2, 0, ["Order Number", "Order Date", "Customer Number", "SKU", "Quantity", "Unit Price"])
        customers.write_row(0, 0, ["Customer Number", "Name", "E-Mail", "Phone", "Date of Birth"])
        for i in range(80):
            orders.write_row(3 + i, 0, [5000 + i // 2, None, 300 + i // 2 % 17, f"SKU-{i % 9}", 1 + i % 3, 9.5 + i % 4])
            orders.write_datetime(3 + i, 1, dt.datetime(2024, 2, 1) + dt.timedelta(i // 4), day)
        for i in range(17):
            customers.write_row(1 + i, 0, [300 + i, f"Ann{i}", f"secret{i}@example.org", f"+49 30 55{i:02}123"])
            customers.write_datetime(1 + i, 4, dt.datetime(1980, 1, 1) + dt.timedelta(400 * i), day)
    return path


FILES: dict[str, Callable[[], bytes]] = {
    "bestellungen.csv": german_orders,
    "订单.csv": chinese_orders,
    "orders.jsonl": nested_orders,
    "shop_orders.csv": shop_orders,
    "customers.csv": customer_list,
    "feedback.csv": feedback_form,
    "answers.csv": answer_list,
    "purchases.txt": purchase_log,
    "till.csv": till_receipts,
    "evil; name #1.csv": odd_header,
    "packed.csv.gz": lambda: gzip.compress(till_receipts()),
}
EXPECTED = {
    "bestellungen.csv": {
        "order_id": "Bestellnummer", "ordered_at": "Bestelldatum", "customer_id": "Kunden-Nr",
        "product_id": "Artikel-Nr", "product_name": "Artikelbezeichnung", "quantity": "Menge",
        "unit_price": "Einzelpreis", "currency": "Währung", "region": "Land",
    },
    "订单.csv": {
        "order_id": "订单编号", "ordered_at": "下单时间", "customer_id": "客户编号", "product_id": "商品编码",
        "product_name": "商品名称", "quantity": "数量", "unit_price": "单价", "channel": "渠道", "status": "订单状态",
    },
    "orders.jsonl": {
        "order_id": "id", "ordered_at": "created_at", "customer_id": "customer.id", "amount": "total",
        "currency": "currency",
    },
    "shop_orders.csv": {
        "order_id": "Order ID", "ordered_at": "Placed", "customer_id": 'lower(trim("E-mail"))', "amount": "Subtotal",
        "channel": "Source", "status": "Status",
    },
    "customers.csv": {
        "customer_id": "Customer No", "birth_date": "DOB", "gender": "Sex", "region": "Country",
        "acquired_at": "Signup date", "email": "Email address", "phone": "Mobile",
        "consent": "lower(trim(Newsletter)) = 'ja'",
    },
    "answers.csv": {
        "response_id": "response_id", "responded_at": "submitted_at", "customer_id": "customer_id",
        "question": "question", "score": "rating",
    },
    "purchases.txt": {
        "order_id": "column_1 || '-' || column_2", "ordered_at": "column_2", "customer_id": "column_1",
        "quantity": "column_3", "amount": "column_4",
    },
    "till.csv": {
        "order_id": "Receipt No", "ordered_at": "Sale Date",
        "customer_id": "regexp_replace(\"Client No\", '\\.0$', '')", "product_id": "Stock Code",
        "product_name": "Description", "quantity": "Qty", "unit_price": "Price",
    },
    "evil; name #1.csv": {
        "order_id": 'order "id"', "ordered_at": "date\nof order", "quantity": "qty", "amount": "amount (€)",
    },
}  # fmt: skip


class Desk:
    """A folder of files and the proposal for some of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.target = folder / "analytics.yaml"

    def put(self, name: str, content: bytes | str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def propose(self, *given: Path | str, **options: Any) -> Proposal:
        return propose([str(path) for path in given], self.target, **options)

    def propose_text(self, content: bytes | str, file: str = "orders.csv", **options: Any) -> Proposal:
        return self.propose(self.put(file, content), **options)

    def errors(self, text: str) -> list[str]:
        """Every error of a configuration, written to the target."""
        self.target.write_text(text, encoding="utf-8")
        return [str(problem) for problem in check(self.target) if problem.level == "error"]


def mapping(proposal: Proposal, source: int = 0) -> dict[str, Any]:
    """A source as the written file has it."""
    return read_document(proposal.text).data["sources"][source]


def seen(proposal: Proposal, source: int = 0) -> Preview:
    found = proposal.previews[proposal.sources[source].name]
    assert isinstance(found, Preview), found
    return found
