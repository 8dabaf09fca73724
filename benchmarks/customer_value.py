"""What fitting and scoring BG/NBD costs beside lifetimes and pymc-marketing: same data, same machine, in turn.

A simulated shop of N customers. Each library fits the same model to the same customers by maximum likelihood (MAP with
flat priors in pymc-marketing) and then scores every customer: expected orders of twelve months of 30 days, discounted,
at a value per order of 1. The peers do that month by month, as their customer_lifetime_value does. Every
run is a process of its own; printed are medians of user and system CPU seconds, peak memory, the log-likelihood of what
was found, and ratios. With --recovery, the parameters found beside those drawn from, in standard errors, and how many
customers' realised values the 80 % intervals hold.

    uv pip install --group bench    # lifetimes and pymc-marketing
    python benchmarks/customer_value.py --customers 10000 100000 1000000
    python benchmarks/customer_value.py --libraries ours --customers 10000000
    python benchmarks/customer_value.py --recovery 1000000
"""

from __future__ import annotations

import argparse
import importlib
import json
import resource
import statistics
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import polars as pl
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[1]))

from models import beta_geometric_nbd, gamma_gamma, value_sums
from models.customer_value import Taught, draws_for, learn_cohorts, predict, worlds
from models.gamma_gamma import GammaGamma
from models.history_scores import DAYS_PER_YEAR, KEY, Horizon, orders_of_pairs, pairs, score
from models.maximum_likelihood import Maximum
from models.order_values import GammaGammaValues
from models.purchase_histories import grouped

FloatArray = NDArray[np.float64]
LIBRARIES = ("ours", "lifetimes", "pymc-marketing")
TRUTH = (0.7, 40.0, 0.8, 2.5)
SPEND = (6.0, 3.7, 100.0)
DAYS = 90
MONTHLY_DISCOUNT = 0.01
MEMORY = 6 * 1024**3
Law = Literal["days", "moments", "several"]


def simulated(customers: int, seed: int = 1, law: Law = "days") -> tuple[FloatArray, ...]:
    """x, t_x, T, mean value of an order day, and order days and value of the 90 days behind.

    ``moments``: orders at any moment, each counts. ``days``: at most one order a day, on each with probability
    1 - exp(-lambda), as a night counts them. ``several``: at any moment, each may be the last, and those of a day are
    counted as one; the first order is at a random moment of its day.
    """
    rng = np.random.default_rng(seed)
    r, alpha, a, b = TRUTH
    p, q, gamma = SPEND
    T = rng.integers(30, 700, customers).astype(np.float64)
    rate, chance = rng.gamma(r, 1 / alpha, customers), rng.beta(a, b, customers)
    moment = rng.random(customers) if law == "several" else np.zeros(customers)
    x, t_x, later, last = (np.zeros(customers) for _ in range(4))
    some = np.arange(customers)
    while len(some):
        waits = rng.exponential(1 / rate[some])
        moment[some] += np.ceil(waits) if law == "days" else waits
        some = some[moment[some] < T[some] + DAYS + 1]
        day = moment[some] if law == "moments" else np.floor(moment[some])
        is_new, is_past = day > last[some], day <= T[some]
        x[some] += is_new & is_past
        later[some] += is_new & ~is_past & (day <= T[some] + DAYS)
        t_x[some] = np.where(is_past, day, t_x[some])
        last[some] = day
        some = some[rng.random(len(some)) > chance[some]]
    nu = rng.gamma(q, 1 / gamma, customers)
    z = rng.gamma(p * (x + 1)) / nu / (x + 1)
    value = np.where(later > 0, rng.gamma(np.maximum(p * later, 1e-9)) / nu, 0.0)
    return x, t_x, T, z, later, value


def cpu() -> float:
    """User and system seconds of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def ours(x: FloatArray, t_x: FloatArray, T: FloatArray) -> dict[str, Any]:
    """Group, fit, score every customer; scored with their intervals too."""
    importlib.import_module("scipy.optimize"), importlib.import_module("scipy.special")
    began = cpu()
    histories = grouped(x, t_x, T)
    after_grouping = cpu()
    fit = beta_geometric_nbd.fit("bg_nbd", histories)
    after_fit = cpu()
    process = beta_geometric_nbd.model("bg_nbd", fit.parameters)
    alive = process.probability_alive(histories.x, histories.t_x, histories.T)
    (pair_x, pair_T), pair = pairs(histories.x, histories.T)
    year = Horizon(12 * 30, float(np.expm1(DAYS_PER_YEAR / 30 * np.log1p(MONTHLY_DISCOUNT))))
    orders = alive * orders_of_pairs(process, pair_x, pair_T, year, year.daily)[pair]
    after_score = cpu()
    return {
        "grouping": after_grouping - began,
        "fit": after_fit - began,
        "score": after_score - after_fit,
        "parameters": fit.parameters,
        "cells": len(histories.x),
        "orders": float((orders * histories.customers).sum()),
    }


def lifetimes(x: FloatArray, t_x: FloatArray, T: FloatArray) -> dict[str, Any]:
    """The same with lifetimes."""
    model: Any = importlib.import_module("lifetimes").BetaGeoFitter()
    began = cpu()
    model.fit(x, t_x, T)
    after_fit = cpu()
    value: Any = importlib.import_module("lifetimes.utils")._customer_lifetime_value
    series: Any = importlib.import_module("pandas").Series
    columns = (series(column) for column in (x, t_x, T, np.ones(len(x))))
    orders = value(model, *columns, time=12, discount_rate=MONTHLY_DISCOUNT, freq="D")
    found = [float(model.params_[name]) for name in ("r", "alpha", "a", "b")]
    return {"fit": after_fit - began, "score": cpu() - after_fit, "parameters": found, "orders": float(np.sum(orders))}


def pymc_marketing(x: FloatArray, t_x: FloatArray, T: FloatArray) -> dict[str, Any]:
    """The same with pymc-marketing, MAP."""
    pandas: Any = importlib.import_module("pandas")
    clv: Any = importlib.import_module("pymc_marketing.clv")
    prior: Any = importlib.import_module("pymc_extras.prior").Prior
    data = pandas.DataFrame({"customer_id": np.arange(len(x)), "frequency": x, "recency": t_x, "T": T})
    began = cpu()
    flat = {name: prior("HalfFlat") for name in ("r", "alpha", "a", "b")}
    model = clv.BetaGeoModel(data=data, model_config=flat)
    model.fit(method="map", progressbar=False)
    after_fit = cpu()
    value: Any = importlib.import_module("pymc_marketing.clv.utils").customer_lifetime_value
    worth = data.assign(future_spend=1.0)
    orders = value(model, worth, future_t=12, discount_rate=MONTHLY_DISCOUNT, time_unit="D")
    posterior = model.idata.posterior
    found = [float(np.ravel(posterior[name].to_numpy())[0]) for name in ("r", "alpha", "a", "b")]
    return {"fit": after_fit - began, "score": cpu() - after_fit, "parameters": found, "orders": float(np.sum(orders))}


def measured(library: str, customers: int) -> dict[str, Any]:
    """One run in this process: seconds, peak memory in MB, log-likelihood."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    x, t_x, T = simulated(customers)[:3]
    run = {"ours": ours, "lifetimes": lifetimes, "pymc-marketing": pymc_marketing}[library]
    found = run(x, t_x, T)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    parameters = np.array(found["parameters"])
    value, _ = beta_geometric_nbd.log_likelihood("bg_nbd", parameters, grouped(x, t_x, T))
    return {**found, "memory": memory, "log_likelihood": value}


def in_turn(library: str, customers: int, runs: int) -> dict[str, Any] | None:
    """Medians over processes of their own; None where the library failed, which is said."""
    found: list[dict[str, Any]] = []
    for _ in range(runs):
        command = [sys.executable, __file__, "--one", library, str(customers)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"{library}, {customers:,} customers: {done.stderr.strip().splitlines()[-1][:200]}")
            return None
        found.append(json.loads(done.stdout.strip().splitlines()[-1]))
    medians = {name: statistics.median(run[name] for run in found) for name in ("fit", "score", "memory")}
    return {**found[0], **medians}


def recovery(customers: int, seeds: int) -> None:
    """Distances from the truth over several seeds under every law, then one shop in full."""
    for law in get_args(Law):
        # what orders are worth does not depend on the law
        names = beta_geometric_nbd.PARAMETERS + (gamma_gamma.PARAMETERS if law == "days" else ())
        print(f"\n### {customers:,} customers, {law}\n")
        print("| seed | " + " | ".join(names) + " |\n|---|" + "---:|" * len(names))
        squares: list[list[float]] = []
        for seed in range(1, seeds + 1):
            x, t_x, T, z = simulated(customers, seed, law)[:4]
            fits = [(beta_geometric_nbd.fit("bg_nbd", grouped(x, t_x, T, grain=_grain(law))), TRUTH)]
            fits += [(_spend_fit(x, z), SPEND)] if law == "days" else []
            away = [_distances(fit, truth) for fit, truth in fits]
            squares.append([square for _, square in away])
            told = " | ".join(f"{value:+.2f}" for distances, _ in away for value in distances)
            print(f"| {seed} | {told} |", flush=True)
        for mean, expected in zip(np.mean(squares, axis=0), (4, 3), strict=False):
            print(f"\nmean squared distance {mean:.2f}; {expected} is expected, "
                  f"with a standard error of {np.sqrt(2 * expected / seeds):.2f}")  # fmt: skip
        _recovered(law, *simulated(customers, 11, law))


def _spend_fit(x: FloatArray, z: FloatArray) -> Maximum:
    """Gamma-Gamma by classes of the mean value a hundredth of the logarithm wide, as a night fits it."""
    classes, place = np.unique(np.stack([x + 1.0, np.floor(100 * np.log(z))], axis=1), axis=0, return_inverse=True)
    customers = np.bincount(place.ravel())
    mean = np.bincount(place.ravel(), weights=z) / customers
    return gamma_gamma.fit(classes[:, 0], mean, customers.astype(np.float64))


def _distances(fit: Maximum, truth: tuple[float, ...]) -> tuple[list[float], float]:
    """Of every parameter from the truth in standard errors, and of all together squared, by their covariance."""
    off, covariance = np.log(np.array(fit.parameters) / truth), np.array(fit.log_covariance)
    return (off / np.sqrt(np.diag(covariance))).tolist(), float(off @ np.linalg.solve(covariance, off))


def _grain(law: Law) -> float:
    return 0.0 if law == "moments" else 1.0


def _recovered(
    law: Law, x: FloatArray, t_x: FloatArray, T: FloatArray, z: FloatArray, _: FloatArray, value: FloatArray
) -> None:
    """Parameters in standard errors from the truth, total, deciles and coverage of the intervals."""
    fit = beta_geometric_nbd.fit("bg_nbd", grouped(x, t_x, T, grain=_grain(law)))
    spend = _spend_fit(x, z)
    print("\n| parameter | drawn from | found | standard error | distance in them |\n|---|---:|---:|---:|---:|")
    for found, truth in ((fit, TRUTH), (spend, SPEND)):
        for name, true, got, error in zip(found.names, truth, found.parameters, found.standard_errors, strict=True):
            print(f"| {name} | {true:g} | {got:.4f} | {error:.4f} | {(got - true) / error:+.2f} |")
    values = GammaGammaValues(GammaGamma(*spend.parameters))
    rows = pl.DataFrame({name: column for name, column in zip(KEY, (x, t_x, T), strict=True)})
    process = beta_geometric_nbd.model("bg_nbd", fit.parameters, _grain(law))
    scores = score(process, values, rows.unique().sort(KEY), Horizon(DAYS, 0.0))
    said = rows.join(scores, on=list(KEY), how="left", maintain_order="left")
    clv = said["discounted_orders"].to_numpy() * values.expected_value(x + 1, z)
    scale, none = values.scale(x + 1, z), said["probability_none"].to_numpy()
    held = (value >= said["low"].to_numpy() * scale) & (value <= said["high"].to_numpy() * scale + 1e-9)
    print(f"\nbias of the total {clv.sum() / value.sum() - 1:+.4f}")
    order = np.argsort(clv, kind="stable")
    ratios = [clv[part].sum() / value[part].sum() for part in np.array_split(order, 10)]
    print("expected / actual by tenths: " + " ".join(f"{ratio:.3f}" for ratio in ratios))
    print(f"80 % intervals hold {held.mean():.4f}; randomised at the point mass, "
          f"{np.where(none > 0.8, 0.8 / np.maximum(none, 0.8) * (value == 0), held).mean():.4f}")  # fmt: skip


def coverage(customers: int, shops: int) -> None:
    """How often the 80 % intervals of small shops hold what came: of customers, and of sums, by tier and of all."""
    held: dict[str, list[float]] = {}
    for seed in range(1, shops + 1):
        x, t_x, T, z, _, value = simulated(customers, seed)
        fit, spend = beta_geometric_nbd.fit("bg_nbd", grouped(x, t_x, T, grain=1.0)), gamma_gamma.fit(x + 1, z)
        if not (fit.certificate.holds and spend.certificate.holds):
            held.setdefault("not certified", []).append(1.0)
            continue
        rows = pl.DataFrame(
            {"customer_id": np.arange(customers), "value": z * (x + 1), **dict(zip(KEY, (x, t_x, T), strict=True))}
        ).with_columns(pl.col(KEY).cast(pl.Int64), pl.col("customer_id").cast(pl.String))
        values = GammaGammaValues(GammaGamma(*spend.parameters))
        horizon = Horizon(DAYS, 0.0)
        taught = Taught({"bg_nbd": fit}, values, None, learn_cohorts(None, rows, horizon), spend)
        draws = draws_for(rows.select(KEY).n_unique())
        said = predict("bg_nbd", taught, rows, horizon, draws=draws)
        low, high, none = (said[name].to_numpy() for name in ("clv_low", "clv_high", "probability_none"))
        inside = (value >= low - 1e-9) & (value <= high + 1e-9)
        held.setdefault("customers", []).append(float(inside.mean()))
        mid = np.where(none > 0.8, 0.8 / np.maximum(none, 0.8) * (value == 0), inside)
        held.setdefault("customers, randomised at the point mass", []).append(float(mid.mean()))
        rank = said["clv"].rank("ordinal", descending=True).to_numpy()
        tier = np.where(rank <= 0.2 * customers, "high", np.where(rank <= 0.5 * customers, "mid", "low"))
        told = rows.with_columns(said["clv"], pl.Series("tier", tier), pl.lit(1).alias("is_listed"))
        totals = told.group_by("tier").agg(customers=pl.len(), expected_value=pl.col("clv").sum()).sort("tier")
        groups = value_sums.grouped(told, totals)
        for name, certain in (("", False), (", parameters taken for certain", True)):
            known = replace(fit, log_covariance=_nothing(4)), replace(spend, log_covariance=_nothing(3))
            shop = replace(taught, processes={"bg_nbd": known[0]}, spend=known[1]) if certain else taught
            ends = value_sums.intervals(worlds("bg_nbd", shop, told, horizon), groups)
            came = {name: float(value[tier == name].sum()) for name in ("high", "mid", "low")}
            for group, sum_ in {**came, "all": sum(came.values())}.items():
                inside_sum = ends[group][0] <= sum_ <= ends[group][1]
                held.setdefault(f"sum of {group}{name}", []).append(float(inside_sum))
    print(f"\n{shops} shops of {customers:,} customers\n\n| 80 % intervals | hold | standard error |\n|---|---:|---:|")
    for name, shares in held.items():
        error = np.std(shares) / np.sqrt(len(shares))
        told_share = f"{len(shares)} shops | " if name == "not certified" else f"{np.mean(shares):.3f} | {error:.3f}"
        print(f"| {name} | {told_share} |")


def _nothing(size: int) -> tuple[tuple[float, ...], ...]:
    return tuple((0.0,) * size for _ in range(size))


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--customers", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--libraries", nargs="+", choices=LIBRARIES, default=list(LIBRARIES))
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--recovery", type=int)
    parser.add_argument("--coverage", type=int, nargs=2, metavar=("CUSTOMERS", "SHOPS"))
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(measured(asked.one[0], int(asked.one[1]))))
        return
    if asked.coverage:
        coverage(*asked.coverage)
        return
    if asked.recovery:
        recovery(asked.recovery, asked.seeds)
        return
    print(
        "| customers | library | fit, CPU s | scoring, CPU s | peak MB | log-likelihood | fit x ours | scoring x ours |"
    )
    print("|---:|---|---:|---:|---:|---:|---:|---:|")
    for customers in asked.customers:
        own: dict[str, Any] | None = None
        for library in asked.libraries:
            found = in_turn(library, customers, asked.runs)
            if found is None:
                continue
            own = own or found
            times = (f"{found[part] / max(own[part], 1e-9):.1f}" for part in ("fit", "score"))
            print(f"| {customers:,} | {library} | {found['fit']:.2f} | {found['score']:.3f} | {found['memory']:,.0f} | "
                  f"{found['log_likelihood']:.2f} | " + " | ".join(times) + " |", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
