"""Order lines of the simulated shop: an order's value split over products, and what comes back.

Money is counted in cents throughout: the lines of an order sum to its value exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.simulator.calendar import SECONDS_PER_DAY, Calendar, Floats, Ints
from models.simulator.catalogue import Catalogue
from models.simulator.parameters import ShopParameters
from models.simulator.purchases import Orders

_CENTS_PER_LINE = (300, 15_000)  # an order has at most, and at least, one line per so many cents
_MOST_LINES = 60
_QUANTITIES = np.array([1, 2, 3, 4, 6, 12])
_QUANTITY_SHARES = np.cumsum([0.72, 0.16, 0.06, 0.03, 0.02, 0.01])
_VOUCHERS = np.array([0.05, 0.10, 0.15, 0.20, 0.25])
_VOUCHER_SHARES = np.cumsum([0.10, 0.45, 0.20, 0.15, 0.10])
_EXPERIENCE_IN_REFUNDS = 0.6  # a standard deviation better experience returns exp(-0.6) times as often
_MOST_REFUNDED = 0.6
_WHOLE_ORDER_SHARE = 0.35  # of the returns; the others send one line back
_WHOLE_LINE_SHARE = 0.8  # of the lines sent back; the others a part of the quantity
_FIRST_RETURN_DAY = 2
_RETURN_DAYS_SHAPE, _RETURN_DAYS_SCALE = 2.0, 6.0  # gamma: two weeks on average, some after two months


@dataclass(frozen=True)
class Lines:
    """Sold or returned lines; every array has one value per line, sorted by order and line number.

    Attributes:
        order: position of the order in `Orders`.
        number: line number within its order, from 1.
        at: local seconds since 1970-01-01.
        product: position in the catalogue.
        quantity: units, negative where they come back.
        unit_cents: price of one unit before vouchers (sold) or as it was paid (returned).
        discount_cents: voucher's share of the line; value = quantity x unit_cents - discount_cents.
        unlinked: whether the line is booked without its order's id.
    """

    order: Ints
    number: Ints
    at: Ints
    product: Ints
    quantity: Ints
    unit_cents: Ints
    discount_cents: Ints
    unlinked: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.order)

    @property
    def value_cents(self) -> Ints:
        """What each line adds to its order, negative where it comes back."""
        return self.quantity * self.unit_cents - self.discount_cents


def draw_sold_lines(orders: Orders, products: Catalogue, parameters: ShopParameters, rng: np.random.Generator) -> Lines:
    """Split every order's value over its lines.

    The number of lines is 1 + negative binomial. The value is dealt by random weights; a line's unit price is its part
    by its quantity, down to the cent; the order's last line, one unit, takes what is left. The product is then picked
    from the price band of that unit price.
    """
    fewest = -(-orders.value_cents // _CENTS_PER_LINE[1])
    most = np.maximum(orders.value_cents // _CENTS_PER_LINE[0], 1)
    # Negative binomial of shape 2: mean as configured, a long tail of big baskets.
    drawn = 1 + rng.negative_binomial(2.0, 2.0 / (2.0 + parameters.lines_beyond_first), len(orders))
    lines = np.clip(np.clip(drawn, fewest, most), 1, _MOST_LINES)

    order = np.repeat(np.arange(len(orders)), lines)
    first_row = np.cumsum(lines) - lines
    number = np.arange(len(order)) - first_row[order] + 1
    is_last = number == lines[order]

    weight = 0.3 + rng.standard_gamma(2.0, len(order))
    order_weight = np.add.reduceat(weight, first_row) if len(orders) else weight
    part_cents = orders.value_cents[order] * weight / order_weight[order]

    quantity = _QUANTITIES[np.searchsorted(_QUANTITY_SHARES, rng.random(len(order)))]
    quantity = np.minimum(quantity, np.maximum(part_cents / 100.0, 1.0).astype(np.int64))  # a unit costs 1.00 or more
    quantity[is_last] = 1
    paid_unit = np.maximum((part_cents / quantity).astype(np.int64), 1)
    others = np.where(is_last, 0, paid_unit * quantity)
    left = orders.value_cents - (np.add.reduceat(others, first_row) if len(orders) else others)
    paid_unit[is_last] = left

    has_voucher = rng.random(len(orders)) < parameters.discount_share
    voucher = _VOUCHERS[np.searchsorted(_VOUCHER_SHARES, rng.random(len(orders)) * _VOUCHER_SHARES[-1])]
    rate = np.where(has_voucher, voucher, 0.0)[order]
    unit_cents = np.rint(paid_unit / (1.0 - rate)).astype(np.int64)
    return Lines(
        order=order,
        number=number,
        at=orders.ordered_at[order],
        product=products.pick(unit_cents.astype(np.float64), rng),
        quantity=quantity,
        unit_cents=unit_cents,
        discount_cents=(unit_cents - paid_unit) * quantity,
        unlinked=np.zeros(len(order), dtype=np.bool_),
    )


def draw_returned_lines(
    orders: Orders, sold: Lines, calendar: Calendar, parameters: ShopParameters, rng: np.random.Generator
) -> Lines:
    """Draw what comes back by the end of the window, days to weeks after its order and never above what was paid."""
    returns = rng.random(len(orders)) < _refund_probability(orders)
    whole = rng.random(len(orders)) < _WHOLE_ORDER_SHARE
    unlinked = rng.random(len(orders)) < parameters.unlinked_refund_share
    delay = _FIRST_RETURN_DAY + rng.gamma(_RETURN_DAYS_SHAPE, _RETURN_DAYS_SCALE, len(orders)).astype(np.int64)
    returned_at = calendar.some_time_on(orders.ordered_at // SECONDS_PER_DAY + delay, rng)
    returns &= returned_at < calendar.end_second

    lines = np.bincount(sold.order, minlength=len(orders))
    the_one = np.floor(rng.random(len(orders)) * lines).astype(np.int64) + 1
    comes_back = returns[sold.order] & (whole[sold.order] | (sold.number == the_one[sold.order]))
    row = np.flatnonzero(comes_back)

    order = sold.order[row]
    quantity = sold.quantity[row]
    part = 1 + np.floor(rng.random(len(row)) * quantity).astype(np.int64)
    in_part = (rng.random(len(row)) >= _WHOLE_LINE_SHARE) & ~whole[order]
    rank = np.arange(len(order)) - np.searchsorted(order, order)  # orders are sorted: rows before it in its order
    return Lines(
        order=order,
        number=rank + 1 + np.where(unlinked[order], 0, lines[order]),
        at=returned_at[order],
        product=sold.product[row],
        quantity=-np.where(in_part, part, quantity),
        unit_cents=sold.unit_cents[row] - sold.discount_cents[row] // sold.quantity[row],
        discount_cents=np.zeros(len(row), dtype=np.int64),
        unlinked=unlinked[order],
    )


def _refund_probability(orders: Orders) -> Floats:
    """Chance that something of the order comes back; over all experiences it averages the propensity."""
    k = _EXPERIENCE_IN_REFUNDS
    return np.minimum(orders.refund_propensity * np.exp(-k * orders.experience - 0.5 * k**2), _MOST_REFUNDED)
