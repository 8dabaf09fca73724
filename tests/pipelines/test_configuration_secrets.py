"""What a configuration says of passwords and keys is repeated by no problem of it; nor does any steer a terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.configuration_file import check

BUSINESS = "business: {name: Example shop, timezone: Europe/London, currency: GBP}\n"
COLUMNS = "columns: {order_id: order_id, ordered_at: ordered_at, amount: amount}"
DATABASE = "postgresql://reader:S3CRET@db.example.com/shop"
ADDRESS = "https://ann:S3CRET@example.com/orders.csv?signature=S3CRET"


def problems_of(tmp_path: Path, sources: str) -> list[str]:
    file = tmp_path / "analytics.yaml"
    file.write_text(f"{BUSINESS}sources:\n  - {sources}\n")
    return [str(problem) for problem in check(file)]


@pytest.mark.parametrize(
    "source",
    [
        f"{{name: a, kind: transactions, path: 's3://b/*.csv', storage_options: 'secret=S3CRET', {COLUMNS}}}",
        f"{{name: a, kind: transactions, path: 's3://b/*.csv', storage_options: [S3CRET], {COLUMNS}}}",
        f"{{name: a, kind: transactions, path: '{ADDRESS}', database: '{DATABASE}', query: select 1, {COLUMNS}}}",
        f"{{name: a, kind: transactions, path: ['{ADDRESS}'], {COLUMNS}}}",
        f"{{name: a, kind: transactions, database: ['{DATABASE}'], query: select 1, {COLUMNS}}}",
        f"{{name: a, kind: transactions, database: [{{url: '{DATABASE}'}}], query: select 1, {COLUMNS}}}",
        f"'{DATABASE}'",
        f"['{DATABASE}', {{storage_options: {{secret: S3CRET}}}}]",
        f"{DATABASE.replace('S3CRET', 'slashed/S3CRET')}",
        f"{{name: a, kind: transactions, path: 's3://b/*.csv', storage_options: {{secret: *S3CRET}}, {COLUMNS}}}",
        f"{{name: a, kind: transactions, path: 's3://b/*.csv', storage_options: {{secret: !S3CRET}}, {COLUMNS}}}",
    ],
)
def test_a_problem_beside_a_secret_does_not_say_it(tmp_path: Path, source: str) -> None:
    problems = problems_of(tmp_path, source)
    assert any(": error in " in problem for problem in problems)
    assert "S3CRET" not in "\n".join(problems)


def test_a_problem_hands_a_terminal_no_control_sign(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text("order_id,ordered_at,\x1b[31mred\n1,2026-01-05,2\n")
    mapped = 'columns: {order_id: order_id, ordered_at: ordered_at, amount: price, "\\e[2J": a, channel: "\\e]0;x\\a"}'
    problems = problems_of(tmp_path, f'{{name: "\\e[31m", kind: transactions, path: orders.csv, {mapped}}}')
    assert len(problems) >= 3
    assert all(sign.isprintable() or sign == "\n" for problem in problems for sign in problem)
