"""The difference that an action made: of an action that makes none it is called one about as rarely as is said."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest

from models.action_effects import effect_on_mean, effect_on_share, effects
from models.wave_changes import change_of_shares

DAY = dt.date(2024, 1, 1)


def outcomes(action: str, called: np.ndarray, held: np.ndarray) -> pl.DataFrame:
    """Customers of both groups, by what each spent in cents; who spent something has ordered."""
    cents = np.concatenate([called, held])
    return pl.DataFrame({"net_value": cents, "has_ordered": cents > 0}).select(
        action=pl.lit(action), kind=pl.lit("tier"), segment=pl.lit("high"), hold_out=pl.lit(0.1),
        is_control=pl.int_range(pl.len()) >= len(called), listed_on=pl.lit(DAY), has_ordered="has_ordered",
        net_value=pl.col("net_value").cast(pl.Decimal(18, 2)) / 100,
    )  # fmt: skip


def drawn(rng: np.random.Generator, n: int, share: float) -> np.ndarray:
    """Skewed as money is: some buy nothing, a few a lot."""
    return np.where(rng.random(n) < share, np.rint(rng.lognormal(8, 0.9, n)), 0).astype(np.int64)


def test_the_share_has_newcombe_s_interval_and_the_groups_their_numbers() -> None:
    called, held = np.repeat([100, 0], [56, 14]), np.repeat([100, 0], [48, 32])
    found = effects(outcomes("call", called, held), has_money=True, minimum_n=30)
    ordered = found.filter(outcome="ordered").row(0, named=True)
    known = change_of_shares(56, 70, 48, 80)
    assert (ordered["called"], ordered["held_out"]) == (70, 80)
    assert (ordered["difference"], ordered["low"], ordered["high"]) == (known.estimate, known.low, known.high)
    assert ordered["status"] == "more"


@pytest.mark.parametrize(("n", "status"), [(30, "not_distinguishable"), (29, "too_few_data")])
def test_nothing_is_said_of_fewer_than_the_minimum_on_either_side(n: int, status: str) -> None:
    found = effects(outcomes("call", np.full(500, 7), np.full(n, 7)), has_money=True, minimum_n=30)
    assert found["status"].to_list() == [status] * 2
    assert found.filter(outcome="net_value")["low"].to_list() == [None]


def test_less_is_said_as_more_is() -> None:
    rng = np.random.default_rng(1)
    better, worse = drawn(rng, 3_000, 0.5), drawn(rng, 3_000, 0.3)
    told = {
        name: set(effects(outcomes("call", *pair), has_money=True, minimum_n=30)["status"])
        for name, pair in {"more": (better, worse), "less": (worse, better)}.items()
    }
    assert told == {"more": {"more"}, "less": {"less"}}


def test_a_group_that_is_empty_leaves_the_other_s_figures_and_no_difference() -> None:
    found = effects(outcomes("call", np.array([100, 0]), np.array([], int)), has_money=True, minimum_n=1)
    assert found["called_value"].to_list() == [0.5, 0.5]
    assert set(found["difference"]) == set(found["held_out_value"]) == {None}
    assert set(found["status"]) == {"too_few_data"}


def test_the_interval_of_money_is_that_of_all_ways_to_hold_out_as_many() -> None:
    rng = np.random.default_rng(5)
    spent, n_held = drawn(rng, 400, 0.4) / 100, 40
    found = effect_on_mean(spent[n_held:], spent[:n_held])
    differences = []
    for _ in range(20_000):
        rng.shuffle(spent)
        differences.append(spent[n_held:].mean() - spent[:n_held].mean())
    below, above = np.quantile(differences, [0.025, 0.975])
    assert found.difference is not None
    assert found.low == pytest.approx(found.difference - above, abs=0.05 * (above - below))
    assert found.high == pytest.approx(found.difference - below, abs=0.05 * (above - below))


@pytest.mark.parametrize(("n", "share"), [(400, 0.35), (1_000, 0.1), (3_000, 0.35)])
def test_of_an_action_without_effect_a_difference_is_claimed_in_about_one_of_twenty(n: int, share: float) -> None:
    rng = np.random.default_rng(7)
    claimed = np.zeros(2)
    for _ in range(1_000):
        spent, is_held = drawn(rng, n, share), rng.random(n) < 0.1
        for place, effect in enumerate((effect_on_share, effect_on_mean)):
            values = spent > 0 if effect is effect_on_share else spent
            found = effect(values[~is_held], values[is_held])
            claimed[place] += found.low > 0 or found.high < 0
    assert claimed.min() >= 25, claimed
    assert claimed.max() <= 70, claimed


def test_an_effect_lies_in_its_interval_in_at_least_nineteen_of_twenty() -> None:
    rng = np.random.default_rng(9)
    brought = 0.2 * np.exp(8 + 0.9**2 / 2)
    found = [effect_on_mean(drawn(rng, 900, 0.5), drawn(rng, 100, 0.3)) for _ in range(1_000)]
    assert sum(one.low <= brought <= one.high for one in found) >= 940
