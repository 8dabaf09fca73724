"""BG/NBD fitted and every customer scored: the pipeline's model, lifetimes and pymc-marketing on the same customers.

Drawn shops of N customers. Each library fits the same model to the same customers by maximum likelihood, and says of
each how many orders twelve months of 30 days are expected to bring, each worth 1 and discounted. Every run is a process
of its own, and who begins changes from turn to turn; the likelihood of what was found is computed by one and the same
function for all.

    make bench CASES=value
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.contest import ROOT, VALUE_PEERS, Peer, is_installed, python_of
from benchmarks.customer_value import simulated
from benchmarks.process_cost import measured, work_begins
from benchmarks.results_page import Circumstances, measured_how, spread, write_section
from benchmarks.same_work import DifferentWorkError
from models.value import beta_geometric_nbd
from models.value.history_scores import DAYS_PER_YEAR, Horizon, orders_of_pairs, pairs
from models.value.purchase_histories import FloatArray, Histories, grouped

BEGIN, END = "<!-- make bench, value: begin -->", "<!-- make bench, value: end -->"
OURS = "pipeline"
YEAR = Horizon(12 * 30, float(np.expm1(DAYS_PER_YEAR / 30 * np.log1p(0.01))))
"""Twelve months of 30 days at a discount of 1 % a month, as the peers are asked for."""
ORDERS_APART = 0.01
"""Share by which sums of expected orders may differ: the peers discount a month's orders from its end."""
LIKELIHOOD_APART = 0.5
"""Log-likelihood of all customers that a peer's search may miss of the best; ours may miss nothing of theirs."""


@dataclass(frozen=True)
class Run:
    """One library on one shop.

    Attributes:
        fit: CPU seconds, grouping the customers included.
        score: CPU seconds for every customer.
        peak: megabytes resident at the peak of its process.
        log_likelihood: of all customers, at the parameters it found.
        customers: scored.
        orders: sum of the discounted orders it expects.
    """

    fit: float
    score: float
    peak: float
    log_likelihood: float
    customers: int
    orders: float


Runs = dict[str, list[Run]]
"""By library, one of each turn; the pipeline first."""


def fit_and_score(x: FloatArray, t_x: FloatArray, T: FloatArray) -> dict[str, object]:
    """What the peers do, with the pipeline's model: CPU seconds, parameters, customers and orders."""
    began = time.process_time()
    fit = beta_geometric_nbd.fit("bg_nbd", grouped(x, t_x, T))
    fitted = time.process_time()
    process = beta_geometric_nbd.model("bg_nbd", fit.parameters)
    (pair_x, pair_T), pair = pairs(x, T)
    orders = process.probability_alive(x, t_x, T) * orders_of_pairs(process, pair_x, pair_T, YEAR, YEAR.daily)[pair]
    scored = time.process_time()
    return {
        "fit": fitted - began,
        "score": scored - fitted,
        "parameters": fit.parameters,
        "customers": len(orders),
        "orders": float(orders.sum()),
    }


def contest(customers: int, turns: int, peers: Sequence[Peer], other_python: Path, say: Callable[[str], None]) -> Runs:
    """Every library on one drawn shop, in turn.

    Raises:
        DifferentWorkError: they did not find the same.
    """
    runs: Runs = {OURS: [], **{peer.name: [] for peer in peers}}
    with tempfile.TemporaryDirectory() as folder:
        columns = simulated(customers)[:3]
        np.save(Path(folder) / "histories.npy", np.stack(columns))
        histories = grouped(*columns)
        contestants: list[Peer | None] = [None, *peers]
        for turn in range(turns):
            begin = turn % len(contestants)
            for peer in contestants[begin:] + contestants[:begin]:
                name = peer.name if peer else OURS
                runs[name].append(_run(peer, Path(folder), histories, other_python))
                say(f"{name}, {customers:,} customers: {runs[name][-1].fit:.2f} and {runs[name][-1].score:.2f} CPU s")
            expect_same({name: of_turns[-1] for name, of_turns in runs.items()})
    return runs


def _run(peer: Peer | None, folder: Path, histories: Histories, other_python: Path) -> Run:
    out = folder / "found.json"
    if peer is None:
        command = [sys.executable, "-m", "benchmarks.value_contest"]
    else:
        python = str(python_of(peer, other_python))
        command = [python, "-m", f"benchmarks.peers.{peer.module}", *peer.words]
    cost = measured([*command, str(folder / "histories.npy"), str(out)], folder / "cost.json", cwd=ROOT)
    found = json.loads(out.read_text())
    likelihood, _ = beta_geometric_nbd.log_likelihood("bg_nbd", np.array(found["parameters"]), histories)
    return Run(found["fit"], found["score"], cost.peak, likelihood, found["customers"], found["orders"])


def expect_same(runs: dict[str, Run]) -> None:
    """Refuse other customers, other maxima or other expectations.

    Raises:
        DifferentWorkError: what differs.
    """
    own = runs[OURS]
    for name, run in runs.items():
        if run.customers != own.customers:
            raise DifferentWorkError(f"{name} scored {run.customers:,} customers; {own.customers:,} expected")
        missed = own.log_likelihood - run.log_likelihood
        if not -1e-3 <= missed <= LIKELIHOOD_APART:
            raise DifferentWorkError(
                f"{name} found a log-likelihood of {run.log_likelihood:.3f}, the {OURS} {own.log_likelihood:.3f}; "
                f"at most {LIKELIHOOD_APART} less and no more expected"
            )
        if abs(run.orders / own.orders - 1) > ORDERS_APART:
            raise DifferentWorkError(
                f"{name} expects {run.orders:,.1f} orders, the {OURS} {own.orders:,.1f}; "
                f"within {ORDERS_APART:.0%} expected"
            )


def section(by_customers: dict[int, Runs], skipped: Sequence[str], circumstances: Circumstances) -> str:
    """All figures as Markdown."""
    parts = [measured_how(circumstances)]
    for customers, runs in by_customers.items():
        own = runs[OURS]
        rows = [_row(name, of_turns, own) for name, of_turns in runs.items()]
        rows += [f"| {name} | not installed | | | | | |" for name in skipped]
        parts.append(
            f"### Lifetime value of {customers:,} customers\n\n"
            "| | fit, CPU s | it / pipeline | scoring, CPU s | it / pipeline | peak MB | log-likelihood |\n"
            "|---|---|---|---|---|---|---|\n" + "\n".join(rows)
        )
    return "\n\n".join(parts)


def _row(name: str, runs: Sequence[Run], own: Sequence[Run]) -> str:
    fits, scores = ([getattr(run, part) for run in runs] for part in ("fit", "score"))
    ratios = [
        "" if name == OURS else spread([its / ours for its, ours in zip(times, own_times, strict=True)], 1)
        for times, own_times in ((fits, [run.fit for run in own]), (scores, [run.score for run in own]))
    ]
    cells = [
        spread(fits, 2), ratios[0], spread(scores, 3), ratios[1], spread([run.peak for run in runs], 0),
        f"{max(run.log_likelihood for run in runs):,.3f}",
    ]  # fmt: skip
    return f"| {name} | {' | '.join(cells)} |"


def measure(
    sizes: Sequence[int], turns: int, peers: Sequence[str], other_python: Path, circumstances: Circumstances,
    page: Path | None, say: Callable[[str], None],
) -> None:  # fmt: skip
    """Measure, print, and write the page where one is named."""
    asked = [peer for peer in VALUE_PEERS if peer.name in peers]
    present = [peer for peer in asked if is_installed(peer, python_of(peer, other_python))]
    by_customers = {customers: contest(customers, turns, present, other_python, say) for customers in sizes}
    text = section(by_customers, [peer.name for peer in asked if peer not in present], circumstances)
    print(text)
    if page:
        write_section(page, text, BEGIN, END)


def main(file: Path, out: Path) -> None:
    """The pipeline's turn: import, fit, score, write."""
    __import__("scipy.optimize"), __import__("scipy.special")
    columns = np.load(file)
    work_begins()
    out.write_text(json.dumps(fit_and_score(*columns)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
