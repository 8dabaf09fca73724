"""``analytics sources``: propose a configuration; list and show the ready mappings of well-known exports."""

from __future__ import annotations

import click

from pipelines.command_options import USAGE, stop
from pipelines.source_proposal_command import propose_sources


@click.group(short_help="Propose a configuration from your files.")
def sources() -> None:
    """Propose sources from files, and look at the ready mappings of well-known exports."""


@sources.command("list")
def list_sources() -> None:
    """List the exports that have a ready mapping."""
    from assets.landing.ready_mappings import ready_mappings

    known = ready_mappings()
    width = max(len(mapping.id) for mapping in known)
    for mapping in known:
        click.echo(f"{mapping.id:{width}}  {mapping.source['kind']:12}  {mapping.title['en']} ({mapping.title['zh']})")


@sources.command("show")
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


sources.add_command(propose_sources)
