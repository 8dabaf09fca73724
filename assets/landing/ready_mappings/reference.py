"""``docs/ready-mappings.md``, written from the mappings: ``python -m assets.landing.ready_mappings.reference``."""

from __future__ import annotations

from assets.landing.ready_mappings import ReadyMapping, ready_mappings

_HEAD = """# Ready mappings

Sources for exports whose shape is public knowledge. `analytics sources list` names them, `analytics sources show NAME`
prints the entry to paste under `sources`, and `analytics sources propose FILE` recognises a file by its header and
takes the entry that fits it. All of it is configuration as [configuration.md](configuration.md) explains it: change
what your system was set up to do otherwise.

This page is written by `python -m assets.landing.ready_mappings.reference`.
"""


def page() -> str:
    """The page: a table of all mappings, then each with how to get the export, what is mapped, and its limits."""
    rows = [
        "| system | export | name | kind |",
        "|---|---|---|---|",
        *(
            f"| {mapping.system} | [{mapping.title['en']}](#{_anchor(mapping)}) | `{mapping.id}` | "
            f"{mapping.source['kind']} |"
            for mapping in _by_system()
        ),
    ]
    return "\n".join([_HEAD, *rows, "", *(_section(mapping) for mapping in _by_system())])


def _by_system() -> list[ReadyMapping]:
    return sorted(ready_mappings(), key=lambda mapping: (mapping.system.casefold(), mapping.id))


def _anchor(mapping: ReadyMapping) -> str:
    return mapping.id


def _section(mapping: ReadyMapping) -> str:
    recognised = ", ".join(" or ".join(f"`{name}`" for name in names) for names in mapping.recognised_by)
    return "\n".join(
        [
            f"## {mapping.id}",
            "",
            f"{mapping.title['en']} ({mapping.title['zh']}).",
            "",
            f"- *How to get it*: {mapping.export}",
            f"- *Recognised by*: {recognised}.",
            f"- *What is mapped*: {mapping.maps}",
            f"- *It rests on*: {mapping.based_on}",
            *(f"- *Limit*: {limit}" for limit in mapping.limits),
            "",
        ]
    )


if __name__ == "__main__":
    print(page(), end="")
