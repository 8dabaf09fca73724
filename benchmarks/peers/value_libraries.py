"""Customer lifetime value with the two libraries for it: BG/NBD and Gamma-Gamma fitted, and 90 days predicted.

    python -m benchmarks.peers.value_libraries lifetimes HISTORIES OUT

HISTORIES is a Parquet file of one row per customer with an order: `frequency` repeat days, `recency` and `T` days, and
`monetary_value` of the repeat days (Fader and Hardie's four numbers). OUT/value.parquet gets `customer_id` and
`clv`, and OUT/parameters.json what was fitted.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path

import pandas as pd

from benchmarks.process_cost import work_begins

MONTHS, DAILY_DISCOUNT = 3, 0.1 / 365


def with_lifetimes(histories: pd.DataFrame) -> tuple[pd.Series, dict[str, float]]:
    """Value per customer, and the parameters."""
    from lifetimes import BetaGeoFitter, GammaGammaFitter

    work_begins()
    purchases = BetaGeoFitter()
    purchases.fit(histories["frequency"], histories["recency"], histories["T"])
    repeating = histories[histories["frequency"] > 0]
    spending = GammaGammaFitter()
    spending.fit(repeating["frequency"], repeating["monetary_value"])
    clv = spending.customer_lifetime_value(
        purchases, histories["frequency"], histories["recency"], histories["T"], histories["monetary_value"],
        time=MONTHS, freq="D", discount_rate=30 * DAILY_DISCOUNT,
    )  # fmt: skip
    return clv, {name: float(purchases.params_[name]) for name in ("r", "alpha", "a", "b")}


def with_pymc_marketing(histories: pd.DataFrame) -> tuple[pd.Series, dict[str, float]]:
    """Value per customer, and the parameters; its maximum a posteriori, the fastest of its fits."""
    from pymc_marketing.clv import BetaGeoModel, GammaGammaModel

    work_begins()
    purchases = BetaGeoModel(histories)
    purchases.build_model()
    purchases.fit(method="map", progressbar=False)
    spending = GammaGammaModel(histories[histories["frequency"] > 0])
    spending.build_model()
    spending.fit(method="map", progressbar=False)
    clv = spending.expected_customer_lifetime_value(
        transaction_model=purchases, data=histories, future_t=MONTHS, discount_rate=30 * DAILY_DISCOUNT, time_unit="D"
    )
    fitted = purchases.fit_summary()
    return pd.Series(clv.values.ravel()), {name: float(fitted[name]) for name in ("r", "alpha", "a", "b")}


LIBRARIES = {"lifetimes": with_lifetimes, "pymc_marketing": with_pymc_marketing}


def main(library: str, file: Path, out: Path) -> None:
    """Fit, predict, write."""
    warnings.simplefilter("ignore")  # about a missing linear algebra library, a division of nobody's
    out.mkdir(parents=True, exist_ok=True)
    histories = pd.read_parquet(file)
    clv, parameters = LIBRARIES[library](histories)
    valued = pd.DataFrame({"customer_id": histories["customer_id"], "clv": clv.to_numpy()})
    valued.to_parquet(out / "value.parquet", index=False)
    (out / "parameters.json").write_text(json.dumps(parameters))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
