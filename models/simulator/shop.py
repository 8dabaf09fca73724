"""A believable shop: customers, order lines and survey answers, drawn from the laws the models assume.

Purchases follow BG/NBD and order values Gamma-Gamma (``purchases``), so that fitted parameters, churn scores and
customer values can be held against what was drawn. One latent satisfaction per customer lowers her scores, raises her
returns and brings her dropout forward. Everything is vectorised: time and memory grow with the number of lines.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from models.simulator.baskets import Lines, draw_returned_lines, draw_sold_lines
from models.simulator.calendar import SECONDS_PER_DAY, Calendar, Floats, Ints, trading_calendar
from models.simulator.catalogue import Catalogue, catalogue
from models.simulator.columns import blank_where, moments, money, numbered, texts
from models.simulator.parameters import SHOP, ShopParameters
from models.simulator.people import CHANNELS, REGIONS, People, draw_people
from models.simulator.purchases import GUEST, Buyers, Orders, arrival_days, draw_buyers, draw_orders
from models.simulator.surveys import NO_ANSWER, OVERALL, RECOMMEND, SURVEY_CHANNELS, Responses, draw_responses

ORDER_COLUMNS = (
    "order_id", "line_id", "ordered_at", "customer_id", "product_id", "product_name", "category",
    "quantity", "unit_price", "discount", "channel", "region",
)  # fmt: skip
SURVEY_COLUMNS = (
    "response_id", "responded_at", "customer_id", "order_id", "question", "score", "channel", "comment",
)  # fmt: skip
CUSTOMER_COLUMNS = (
    "customer_id", "acquired_at", "birth_date", "gender", "region", "customer_type", "acquisition_channel",
    "email", "phone", "consent",
)  # fmt: skip

_OWN_CHANNEL_SHARE = 0.75  # of orders placed through the customer's favourite channel; the rest as the public
_OWN_REGION_SHARE = 0.97  # of orders sent to the customer's own region


@dataclass(frozen=True)
class Shop:
    """A clean shop, before anything went wrong in its files.

    Attributes:
        order_lines: one row per sold or returned line, columns ORDER_COLUMNS, sorted by time. `ordered_at` is the
            shop's local time. A line is worth quantity x unit_price - discount; a returned line has a negative
            quantity and carries its order's id, or an id of its own (`R...`) where the link was lost. `customer_id`
            is null for guests.
        surveys: one row per response and question, columns SURVEY_COLUMNS, sorted by time; `score` is null where the
            question was skipped.
        customers: one row per registered customer, columns CUSTOMER_COLUMNS; some never order.
        truth: one row per registered customer: what was drawn for her (`purchase_rate` orders per day,
            `dropout_probability`, `dropped_out_at`, `mean_order_value`, `satisfaction`, `refund_propensity`; null for
            those who never order) and what came of it (`first_ordered_at`, `orders`, `sold_value`, `refund_value`).
    """

    order_lines: pl.DataFrame
    surveys: pl.DataFrame
    customers: pl.DataFrame
    truth: pl.DataFrame


def simulate(
    customers: int,
    *,
    start: date,
    end: date,
    rng: np.random.Generator,
    parameters: ShopParameters = SHOP,
) -> Shop:
    """Draw a shop that opens on `start` and is observed up to `end`, both included.

    Args:
        customers: registered customers, 1 or more; all register within the window.
        start: first trading day.
        end: last trading day; nothing is dated after it.
        rng: source of randomness; each part of the shop draws from its own child, so that a change to the surveys,
            say, leaves the orders as they are.
        parameters: the laws to draw from.

    Raises:
        ValueError: fewer than one customer, or `end` before `start`.
    """
    if customers < 1:
        raise ValueError(f"a shop needs at least 1 customer, got {customers}")
    if end < start:
        raise ValueError(f"the shop's last day {end} lies before its first day {start}")
    of_buyers, of_orders, of_lines, of_returns, of_surveys, of_people, of_places = rng.spawn(7)

    calendar = trading_calendar(start, end, seasonality=parameters.seasonality)
    products = catalogue()
    never = int(parameters.never_order_share * customers)
    buyers = draw_buyers(customers - never, calendar, parameters, of_buyers)
    orders, dropped_at = draw_orders(buyers, calendar, parameters, of_orders)
    sold = draw_sold_lines(orders, products, parameters, of_lines)
    returned = draw_returned_lines(orders, sold, calendar, parameters, of_returns)
    responses = draw_responses(orders, calendar, parameters, of_surveys)
    people = draw_people(
        calendar.seconds(buyers.first_at) // SECONDS_PER_DAY,
        calendar.seconds(arrival_days(never, calendar, parameters, of_people)) // SECONDS_PER_DAY,
        calendar,
        of_people,
    )

    headers = _order_headers(orders, people, of_places)
    return Shop(
        order_lines=_order_line_frame(headers, sold, returned, products),
        surveys=_survey_frame(headers, responses),
        customers=people.frame,
        truth=_truth_frame(buyers, orders, sold, returned, dropped_at, people, calendar, parameters),
    )


def _order_headers(orders: Orders, people: People, rng: np.random.Generator) -> pl.DataFrame:
    """One row per order, in order of time: order_id, ordered_at, customer_id, channel, region."""
    n = len(orders)
    guest = orders.owner == GUEST
    channel = CHANNELS.draw(n, rng)
    loyal_to_it = (rng.random(n) < _OWN_CHANNEL_SHARE) & ~guest
    channel[loyal_to_it] = people.channel[orders.owner[loyal_to_it]]
    region = REGIONS.draw(n, rng)
    at_home = (rng.random(n) < _OWN_REGION_SHARE) & ~guest
    region[at_home] = people.region[orders.owner[at_home]]

    owner = pl.Series(np.where(guest, 0, orders.owner))
    return pl.DataFrame({
        "order_id": numbered("O", np.arange(1, n + 1)),
        "ordered_at": moments(orders.ordered_at),
        "customer_id": blank_where(guest, people.customer_id.gather(owner)),
        "channel": CHANNELS.text(channel),
        "region": REGIONS.text(region),
    })  # fmt: skip


def _order_line_frame(headers: pl.DataFrame, sold: Lines, returned: Lines, products: Catalogue) -> pl.DataFrame:
    """Sold and returned lines as one frame in the order of time, each order's lines together."""
    order = np.concatenate([sold.order, returned.order])
    number = np.concatenate([sold.number, returned.number])
    at = np.concatenate([sold.at, returned.at])
    in_time = np.lexsort((number, order, at))

    def column(name: str) -> Ints:
        both: Ints = np.concatenate([getattr(sold, name), getattr(returned, name)])
        return both[in_time]

    lines = headers[order[in_time]].with_columns(ordered_at=moments(at[in_time]))
    product = column("product")
    unlinked = column("unlinked").astype(np.bool_)
    # Unlinked returns are numbered in the order of time; the lines of one return share an id.
    return_order = order[in_time][unlinked]
    _, first_seen, its_order = np.unique(return_order, return_index=True, return_inverse=True)
    return_id = np.zeros(len(order), dtype=np.int64)
    return_id[unlinked] = np.argsort(np.argsort(first_seen))[its_order] + 1
    return lines.select(
        order_id=pl.when(pl.Series(unlinked)).then(numbered("R", return_id)).otherwise("order_id"),
        line_id=pl.Series(number[in_time]),
        ordered_at="ordered_at",
        customer_id="customer_id",
        product_id=texts(products.product_id, product),
        product_name=texts(products.product_name, product),
        category=texts(products.category, product),
        quantity=pl.Series(column("quantity")),
        unit_price=money(column("unit_cents")),
        discount=money(column("discount_cents")),
        channel="channel",
        region="region",
    )


def _survey_frame(headers: pl.DataFrame, responses: Responses) -> pl.DataFrame:
    """Two rows per response, the comment on the first; a skipped question is a row without a score."""
    n = len(responses)
    asked = headers[responses.order].select("customer_id", "order_id")
    response = pl.DataFrame({
        "response_id": numbered("S", np.arange(1, n + 1)),
        "responded_at": moments(responses.responded_at),
        "customer_id": asked["customer_id"],
        "order_id": asked["order_id"],
        "channel": SURVEY_CHANNELS.text(responses.channel),
    })  # fmt: skip
    overall = response.with_columns(
        question=pl.lit(OVERALL),
        score=pl.Series(responses.overall),
        comment=pl.Series(responses.comment, dtype=pl.String),
    )
    recommend = response.with_columns(
        question=pl.lit(RECOMMEND), score=pl.Series(responses.recommend), comment=pl.lit(None, dtype=pl.String)
    )
    both = pl.concat([overall, recommend]).with_columns(pl.col("score").replace(NO_ANSWER, None))
    answered_in_turn = np.arange(2 * n).reshape(2, n).T.ravel()
    return both[answered_in_turn].select(SURVEY_COLUMNS)


def _truth_frame(
    buyers: Buyers,
    orders: Orders,
    sold: Lines,
    returned: Lines,
    dropped_at: Floats,
    people: People,
    calendar: Calendar,
    parameters: ShopParameters,
) -> pl.DataFrame:
    """One row per registered customer, in the order of the customers' frame."""
    n = len(buyers)
    dropped = ~np.isnan(dropped_at)
    dropped_second = calendar.seconds(np.where(dropped, dropped_at, 0.0))

    def per_buyer(lines: Lines) -> Ints:
        owner = orders.owner[lines.order]
        known = owner != GUEST
        return np.bincount(owner[known], weights=lines.value_cents[known], minlength=n).astype(np.int64)

    drawn = pl.DataFrame({
        "customer_id": people.customer_id[:n],
        "purchase_rate": buyers.rate,
        "dropout_probability": buyers.dropout,
        "dropped_out_at": blank_where(~dropped, moments(dropped_second)),
        "mean_order_value": parameters.p / buyers.value_rate,
        "satisfaction": buyers.satisfaction,
        "refund_propensity": buyers.refund_propensity,
        "first_ordered_at": moments(calendar.seconds(buyers.first_at)),
        "orders": np.bincount(orders.owner[orders.owner != GUEST], minlength=n).astype(np.int64),
        "sold_value": money(per_buyer(sold)),
        "refund_value": money(-per_buyer(returned)),
    })  # fmt: skip
    return (
        people.frame.select("customer_id")
        .join(drawn, on="customer_id", how="left", maintain_order="left")
        .with_columns(
            pl.col("orders").fill_null(0),
            pl.col("sold_value", "refund_value").fill_null(0).cast(pl.Decimal(18, 2)),
        )
    )
