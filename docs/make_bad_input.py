"""Writes ``docs/bad-input.md`` from the table that its test lands: ``python docs/make_bad_input.py``."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
HEAD = """\
# Bad input

What goes wrong with files, and what becomes of them. The rule behind all of it: a row that cannot be used goes to
`quarantine` with its file, its line, every reason and its text; a file that cannot be read is set aside whole and named
in `row_accounting` and in the night's summary; everything else is published. Of every file the rows in are those
accepted, the duplicates and those in quarantine, and so is their money.

What to do about it stands in [operations.md](operations.md#the-morning-after-a-red-night). Each line below is tested:
`tests/assets/landing/bad_inputs.py` holds the table, and `python docs/make_bad_input.py` writes this page from it.
"""


def page() -> str:
    """The text of the page."""
    sys.path.insert(0, str(HERE.parent))
    from tests.assets.landing.bad_inputs import BAD_INPUTS

    parts = [HEAD]
    for heading, inputs in BAD_INPUTS.items():
        rows = "".join(f"| {one.given} | {one.becomes} |\n" for one in inputs)
        parts.append(f"## {heading}\n\n| given | becomes |\n|---|---|\n{rows}")
    return "\n".join(parts)


if __name__ == "__main__":
    (HERE / "bad-input.md").write_text(page(), encoding="utf-8")
