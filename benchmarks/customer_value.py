"""Whether the purchase models find what a shop was drawn from, and whether their intervals hold what came.

With --recovery, the parameters found beside those drawn from, in standard errors, and how many customers' realised
values the 80 % intervals hold; with --covariates the same distances of BG/NBD with covariates; with --coverage what
the intervals of customers and of sums hold in many small shops.

    python benchmarks/customer_value.py --recovery 1000000
    python benchmarks/customer_value.py --covariates 1000000
    python benchmarks/customer_value.py --coverage 400 200
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import polars as pl
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[1]))

from models.maximum_likelihood import Maximum
from models.value import beta_geometric_nbd, gamma_gamma, purchase_covariates, sums
from models.value.customer_value import Taught, draws_for, learn_cohorts, predict, worlds
from models.value.gamma_gamma import GammaGamma
from models.value.history_scores import KEY, Horizon, score
from models.value.order_values import GammaGammaValues
from models.value.purchase_histories import grouped

FloatArray = NDArray[np.float64]
TRUTH = (0.7, 40.0, 0.8, 2.5)
CHANNELS = {"web": (0.5, (1.0, 1.0, 1.0)), "app": (0.3, (0.6, 1.3, 0.8)), "store": (0.2, (1.5, 0.7, 1.2))}
"""Share of the customers, and what their alpha, a and b are of the reference's."""
SPEND = (6.0, 3.7, 100.0)
DAYS = 90
Law = Literal["days", "moments", "several"]


def simulated(
    customers: int, seed: int = 1, law: Law = "days", truth: tuple[float, ...] = TRUTH
) -> tuple[FloatArray, ...]:
    """x, t_x, T, mean value of an order day, and order days and value of the 90 days behind.

    ``moments``: orders at any moment, each counts. ``days``: at most one order a day, on each with probability
    1 - exp(-lambda), as a night counts them. ``several``: at any moment, each may be the last, and those of a day are
    counted as one; the first order is at a random moment of its day.
    """
    rng = np.random.default_rng(seed)
    r, alpha, a, b = truth
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


def covariates_recovery(customers: int, seeds: int) -> None:
    """Distances from the truth over several seeds of shops whose customers came through three channels."""
    factors = [factor for channel in ("app", "store") for factor in CHANNELS[channel][1]]
    squares: list[float] = []
    for seed in range(1, seeds + 1):
        shops = {}
        for place, (channel, (share, own)) in enumerate(CHANNELS.items()):
            truth = (TRUTH[0], *(one * factor for one, factor in zip(TRUTH[1:], own, strict=True)))
            x, t_x, T = simulated(round(share * customers), 10 * seed + place, "days", truth)[:3]
            shops[(("first_order_channel", channel),)] = grouped(x, t_x, T, grain=1.0)
        fit = purchase_covariates.fit(shops)
        if seed == 1:
            print(
                f"\n### {customers:,} customers of three channels\n\n| seed | "
                + " | ".join(fit.names)
                + " | squared, together |"
            )
            print("|---|" + "---:|" * (len(fit.names) + 1))
        distances, square = _distances(fit, (*TRUTH, *factors))
        squares.append(square)
        told = " | ".join(f"{distance:+.2f}" for distance in distances)
        print(f"| {seed} | {told} | {square:.1f} |", flush=True)
    print(f"\nmean squared distance {np.mean(squares):.2f}; {len(fit.names)} is expected, "
          f"with a standard error of {np.sqrt(2 * len(fit.names) / seeds):.2f}")  # fmt: skip


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
        groups = sums.grouped(told, totals)
        for name, certain in (("", False), (", parameters taken for certain", True)):
            known = replace(fit, log_covariance=_nothing(4)), replace(spend, log_covariance=_nothing(3))
            shop = replace(taught, processes={"bg_nbd": known[0]}, spend=known[1]) if certain else taught
            ends = sums.intervals(worlds("bg_nbd", shop, told, horizon), groups)
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
    parser.add_argument("--recovery", type=int, metavar="CUSTOMERS")
    parser.add_argument("--covariates", type=int, metavar="CUSTOMERS")
    parser.add_argument("--coverage", type=int, nargs=2, metavar=("CUSTOMERS", "SHOPS"))
    parser.add_argument("--seeds", type=int, default=6)
    asked = parser.parse_args()
    if asked.coverage:
        coverage(*asked.coverage)
    elif asked.recovery:
        recovery(asked.recovery, asked.seeds)
    elif asked.covariates:
        covariates_recovery(asked.covariates, asked.seeds)
    else:
        parser.error("--recovery, --covariates or --coverage expected")


if __name__ == "__main__":
    main()
