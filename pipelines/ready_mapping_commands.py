"""``analytics sources list`` and ``show``: the ready mappings of exports whose shape is public knowledge."""

from __future__ import annotations

import click

from pipelines.command_options import USAGE, stop


@click.command("list")
def list_sources() -> None:
    """List the exports that have a ready mapping."""
    from assets.landing.ready_mappings import ready_mappings

    known = ready_mappings()
    width = max(len(mapping.id) for mapping in known)
    for mapping in known:
        click.echo(f"{mapping.id:{width}}  {mapping.source['kind']:12}  {mapping.title['en']} ({mapping.title['zh']})")


@click.command("show")
@click.argument("name")
def show_source(name: str) -> None:
    """Print the ready mapping NAME as an entry to paste under `sources`."""
    from assets.configuration.values import did_you_mean
    from assets.landing.ready_mappings import as_yaml, ready_mapping, ready_mappings

    try:
        click.echo(as_yaml(ready_mapping(name)), nl=False)
    except KeyError:
        hint = did_you_mean(name, [mapping.id for mapping in ready_mappings()])
        stop(f"there is no ready mapping {name!r}; {hint}", USAGE)
