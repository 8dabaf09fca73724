"""Whose names the simulated shop's customer file holds. Nobody real: no telephone, no mailbox, no person.

E-mail addresses are at example.com and example.org, reserved for documentation (RFC 2606); telephone numbers carry the
country code 999, which no country has.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from models.simulator.calendar import Calendar, Ints
from models.simulator.columns import blank_where, days, numbered
from models.simulator.dimensions import Dimension

CHANNELS = Dimension(("web", "store", "app"), (0.50, 0.28, 0.22))
REGIONS = Dimension(
    ("London", "South East", "North West", "Midlands", "Scotland", "Yorkshire", "Wales", "Northern Ireland"),
    (0.22, 0.18, 0.14, 0.16, 0.10, 0.10, 0.06, 0.04),
)
_GENDERS = Dimension(("female", "male", "other", None), (0.52, 0.38, 0.02, 0.08))
_TYPES = Dimension(("consumer", "business", None), (0.88, 0.10, 0.02))
_ACQUIRED_THROUGH = Dimension(
    ("search", "social", "referral", "email", "store", "marketplace", None),
    (0.30, 0.20, 0.15, 0.08, 0.15, 0.09, 0.03),
)
_CONSENTS = Dimension(("true", "false", None), (0.62, 0.30, 0.08))
_MAIL_HOSTS = Dimension(("example.com", "example.org", None), (0.62, 0.33, 0.05))

_EARLY_REGISTRATION_SHARE = 0.15  # of buyers who register before they first order; the others do so at the till
_LONGEST_WAIT_DAYS = 30
_NO_PHONE_SHARE = 0.25
_NO_BIRTH_DATE_SHARE = 0.12
_YOUNGEST_YEARS, _OLDEST_YEARS = 17.0, 92.0


@dataclass(frozen=True)
class People:
    """Registered customers: first the buyers in the order of `Buyers`, then those who never order.

    Attributes:
        customer_id: `C` and a number, counted in the order of registration, shape (customers,).
        channel: favourite channel, position in CHANNELS.
        region: home, position in REGIONS.
        frame: one row per customer in the order of registration: the customer file.
    """

    customer_id: pl.Series
    channel: Ints
    region: Ints
    frame: pl.DataFrame


def draw_people(first_order_day: Ints, never_day: Ints, calendar: Calendar, rng: np.random.Generator) -> People:
    """Draw who the customers are.

    Args:
        first_order_day: day of each buyer's first order, in days since 1970-01-01.
        never_day: day of registration of each customer who never orders.
        calendar: the window; nobody registers before it.
        rng: source of randomness.
    """
    early = rng.random(len(first_order_day)) < _EARLY_REGISTRATION_SHARE
    wait = np.where(early, rng.integers(1, _LONGEST_WAIT_DAYS + 1, len(first_order_day)), 0)
    registered = np.concatenate([np.maximum(first_order_day - wait, calendar.first_day), never_day])
    n = len(registered)
    in_turn = np.argsort(registered, kind="stable")
    number = np.empty(n, dtype=np.int64)
    number[in_turn] = np.arange(1, n + 1)
    customer_id = numbered("C", number)
    channel = CHANNELS.draw(n, rng)
    region = REGIONS.draw(n, rng)

    # Beta(2, 3) over 17 .. 92 years: most between 30 and 60.
    age_days = (_YOUNGEST_YEARS + (_OLDEST_YEARS - _YOUNGEST_YEARS) * rng.beta(2.0, 3.0, n)) * 365.25
    born = calendar.first_day - age_days.astype(np.int64)
    frame = pl.DataFrame({
        "customer_id": customer_id,
        "acquired_at": days(registered),
        "birth_date": blank_where(rng.random(n) < _NO_BIRTH_DATE_SHARE, days(born)),
        "gender": _GENDERS.text(_GENDERS.draw(n, rng)),
        "region": REGIONS.text(region),
        "customer_type": _TYPES.text(_TYPES.draw(n, rng)),
        "acquisition_channel": _ACQUIRED_THROUGH.text(_ACQUIRED_THROUGH.draw(n, rng)),
        "email": numbered("customer.", number) + "@" + _MAIL_HOSTS.text(_MAIL_HOSTS.draw(n, rng)).cast(pl.String),
        "phone": blank_where(rng.random(n) < _NO_PHONE_SHARE, numbered("+999 20 ", number)),
        "consent": _CONSENTS.text(_CONSENTS.draw(n, rng)),
    })  # fmt: skip
    return People(customer_id=customer_id, channel=channel, region=region, frame=frame[in_turn])
