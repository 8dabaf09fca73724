"""Columns of the simulated shop's files: ids, dates and exact money out of plain integers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from models.simulator.calendar import Ints

_MONEY = pl.Decimal(18, 2)


def numbered(prefix: str, number: Ints) -> pl.Series:
    """Ids: the prefix and the number, zero-padded to seven digits."""
    return pl.select(prefix + pl.Series(number).cast(pl.String).str.zfill(7)).to_series()


def days(since_epoch: Ints) -> pl.Series:
    """Days since 1970-01-01 as dates."""
    return pl.Series(since_epoch.astype(np.int32)).cast(pl.Date)


def moments(seconds: Ints) -> pl.Series:
    """Seconds since 1970-01-01 as naive local time."""
    return pl.Series(seconds * 1_000_000).cast(pl.Datetime("us"))


def money(cents: Ints) -> pl.Series:
    """Whole cents as exact money with two decimals.

    >>> money(np.array([1999, -5, 0])).to_list()
    [Decimal('19.99'), Decimal('-0.05'), Decimal('0.00')]
    """
    hundred = pl.lit(100).cast(_MONEY)  # a DECIMAL division of whole cents by 100 is exact at two decimals
    return pl.select((pl.Series(cents).cast(_MONEY) / hundred).cast(_MONEY)).to_series()


def texts(values: Sequence[str | None], position: Ints) -> pl.Series:
    """The value at each position, as a categorical column: a shop's dimensions have few values and many rows."""
    distinct = list(dict.fromkeys(value for value in values if value is not None))
    return pl.Series(values, dtype=pl.Enum(distinct)).gather(position)


def blank_where(blank: npt.NDArray[np.bool_], values: pl.Series) -> pl.Series:
    """The values, null where `blank`."""
    return pl.select(pl.when(pl.Series(~blank)).then(values)).to_series()
