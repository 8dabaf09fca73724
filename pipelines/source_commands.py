"""``analytics sources``: what can become a source, before it is one."""

from __future__ import annotations

import click

from pipelines.ready_mapping_commands import list_sources, show_source
from pipelines.source_proposal_command import propose_sources


@click.group(short_help="Propose a configuration from your files.")
def sources() -> None:
    """Propose sources from files, and look at the ready mappings of well-known exports."""


sources.add_command(propose_sources)
sources.add_command(list_sources)
sources.add_command(show_source)
