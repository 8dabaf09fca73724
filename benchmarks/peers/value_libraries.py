"""BG/NBD with the two libraries for it: fitted to every customer, and twelve months of 30 days predicted.

    python -m benchmarks.peers.value_libraries lifetimes HISTORIES OUT

HISTORIES is a file of numpy with one column per customer with an order: repeat days, recency and age in days. OUT is a
JSON file of the CPU seconds that the fit and the scores took, the parameters found, the customers scored and the sum of
what they are expected to order: each order discounted, worth 1, and added up month by month as the library does.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.process_cost import work_begins

MONTHS, MONTHLY_DISCOUNT = 12, 0.01
Fitted = tuple[Mapping[str, float], Callable[[], pd.Series]]
"""Parameters by name, and what scores every customer."""


def with_lifetimes(histories: pd.DataFrame) -> Fitted:
    """By maximum likelihood."""
    from lifetimes import BetaGeoFitter
    from lifetimes.utils import _customer_lifetime_value

    model = BetaGeoFitter()
    columns = [histories[name] for name in ("frequency", "recency", "T", "future_spend")]
    model.fit(*columns[:3])
    return model.params_, lambda: _customer_lifetime_value(
        model, *columns, time=MONTHS, discount_rate=MONTHLY_DISCOUNT, freq="D"
    )


def with_pymc_marketing(histories: pd.DataFrame) -> Fitted:
    """By its maximum a posteriori, the fastest of its fits, with flat priors: the maximum likelihood."""
    from pymc_extras.prior import Prior
    from pymc_marketing.clv import BetaGeoModel
    from pymc_marketing.clv.utils import customer_lifetime_value

    flat = {name: Prior("HalfFlat") for name in ("r", "alpha", "a", "b")}
    model = BetaGeoModel(data=histories, model_config=flat)
    model.fit(method="map", progressbar=False)
    found = {name: np.ravel(model.idata.posterior[name].to_numpy())[0] for name in flat}
    return found, lambda: customer_lifetime_value(
        model, histories, future_t=MONTHS, discount_rate=MONTHLY_DISCOUNT, time_unit="D"
    )


LIBRARIES = {"lifetimes": with_lifetimes, "pymc_marketing": with_pymc_marketing}


def main(library: str, file: Path, out: Path) -> None:
    """Import, fit, predict, write."""
    warnings.simplefilter("ignore")  # about a missing linear algebra library, a division of nobody's
    __import__(f"{library}.clv" if library == "pymc_marketing" else library)
    frequency, recency, age = np.load(file)
    told = {"frequency": frequency, "recency": recency, "T": age, "future_spend": 1.0}
    histories = pd.DataFrame({"customer_id": np.arange(len(age)), **told})
    work_begins()
    began = time.process_time()
    parameters, score = LIBRARIES[library](histories)
    fitted = time.process_time()
    orders = np.ravel(score())
    scored = time.process_time()
    said = {
        "fit": fitted - began,
        "score": scored - fitted,
        "parameters": [float(parameters[name]) for name in ("r", "alpha", "a", "b")],
        "customers": len(orders),
        "orders": float(np.sum(orders)),
    }
    out.write_text(json.dumps(said))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
