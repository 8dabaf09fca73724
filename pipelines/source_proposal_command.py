"""``analytics sources propose``: from a file that nobody has described yet to a configuration that reads it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipelines.command_options import FAILED, USAGE, Folder, console_here, stop

if TYPE_CHECKING:
    from pipelines.source_proposal import Proposal

_KINDS = ("transactions", "surveys", "customers")


@click.command("propose")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default="analytics.yaml",
    show_default=True,
    help="Configuration to write; `-` prints it instead.",
)
@click.option("--force", is_flag=True, help="Write over a configuration that is there.")
@click.option("--kind", type=click.Choice(_KINDS), help="What the files hold, where it is guessed wrong.")
@click.option("--name", help="Name of the business, for the report.")
@click.option("--timezone", help="Time zone of the business, such as Europe/London.")
@click.option("--currency", help="Currency of the business, such as GBP.")
@click.option(
    "--home",
    type=Folder(file_okay=False, path_type=Path),
    help="Home directory the configuration is to name. Default: home, beside it.",
)
def propose_sources(
    files: tuple[str, ...],
    out: Path,
    force: bool,
    kind: str | None,
    name: str | None,
    timezone: str | None,
    currency: str | None,
    home: Path | None,
) -> None:
    """Look at files and write a commented configuration: guesses with their evidence, doubts with what to check.

    FILE is a file, a quoted glob or a folder; several of different kinds make one configuration with several sources.
    Nothing but the configuration is written. Exit 0: it can be run, doubts or not. 1: something has to be filled in
    first, or nothing was recognised. 2: a file is missing, or the configuration is there already.
    """
    from pydantic import ValidationError

    from assets.configuration.settings import Business
    from assets.proposals.proposal import NothingRecognisedError
    from pipelines.source_proposal import propose
    from pipelines.source_proposal_report import print_proposal

    is_printed = str(out) == "-"
    target = Path("analytics.yaml") if is_printed else out
    if target.exists() and not force and not is_printed:
        stop(f"{out}: is there already; --force writes over it, --out names another", USAGE)
    if not target.absolute().parent.is_dir():
        stop(f"{target.parent}: no such folder; make it first, or name another with --out", USAGE)
    try:
        Business.model_validate({"name": name or "x", "timezone": timezone or "UTC", "currency": currency or "GBP"})
    except ValidationError as error:
        stop("; ".join(f"--{one['loc'][0]} {one['input']}: {one['msg']}" for one in error.errors()), USAGE)
    try:
        found = propose(files, target, kind=kind, name=name, timezone=timezone, currency=currency, home=home)
    except FileNotFoundError as error:
        stop(str(error), USAGE)
    except NothingRecognisedError as error:
        stop(f"no configuration was written.\n{error}", FAILED)
    if is_printed:
        click.echo(found.text, nl=False)
    else:
        target.write_text(found.text, encoding="utf-8")
        print_proposal(console_here(), found, target)
    if not found.is_runnable:
        stop(_what_to_do(found, out), FAILED)


def _what_to_do(proposal: Proposal, out: Path) -> str:
    """What stands between the proposal and a run."""
    if any(source.missing for source in proposal.sources):
        return f"It cannot be run yet: fill in what is marked MISSING in {out}, then `analytics check-config`."
    errors = [problem for problem in proposal.problems if problem.level == "error"]
    if errors:
        said = f"{errors[0].key}: found {errors[0].found}; expected {errors[0].expected}"
        return f"It cannot be run yet: {said}. Correct {out}, then `analytics check-config`."
    if any(isinstance(found, str) for found in proposal.previews.values()):
        return f"It cannot be run yet: a source cannot be read so. Correct {out}, then `analytics check-config`."
    return f"It cannot be run yet: too few rows would be accepted. Correct {out}, then `analytics check-config`."
