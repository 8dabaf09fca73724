"""The shop's clock: from even "purchase days" to days, weekdays, seasons and opening hours.

The purchase models assume that a customer's rate is the same on every day. Shops are not so: there are Saturdays and
Decembers. The simulator draws all moments on an even clock and maps them through the inverse of the shop's cumulative
intensity, whose mean over the whole window is 1. A Poisson process of rate lambda on the even clock becomes a Poisson
process of rate lambda x intensity(day): counts over the window keep their law exactly, only their dates move.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

SECONDS_PER_DAY = 86_400
EPOCH = date(1970, 1, 1)

# Monday .. Sunday, relative to their mean.
_WEEKDAY_INTENSITY = np.array([0.92, 0.88, 0.92, 0.98, 1.10, 1.22, 0.98])
# Orders by hour of the day, 06:00 to midnight. No hour between 00:00 and 06:00: local times that a change to or from
# summer time skips or repeats do not occur.
_FIRST_HOUR = 6
_HOUR_INTENSITY = np.array([1, 2, 4, 5, 6, 7, 8, 7, 6, 6, 6, 7, 8, 9, 9, 7, 4, 2], dtype=np.float64)
_HOURS_PASSED = np.concatenate([[0.0], np.cumsum(_HOUR_INTENSITY) / _HOUR_INTENSITY.sum()])
_HOUR_STARTS = (_FIRST_HOUR + np.arange(len(_HOUR_INTENSITY) + 1)) * 3600.0


@dataclass(frozen=True)
class Calendar:
    """Trading intensity of each day of the window.

    Attributes:
        first_day: first day as days since 1970-01-01.
        intensity: one value per day, mean 1.
        passed: cumulative intensity at the start of each day and at the end of the last, shape (days + 1,).
    """

    first_day: int
    intensity: Floats
    passed: Floats

    @property
    def days(self) -> int:
        """Length of the window; also its length on the even clock."""
        return len(self.intensity)

    @property
    def end_second(self) -> int:
        """First second after the window, since 1970-01-01."""
        return (self.first_day + self.days) * SECONDS_PER_DAY

    def seconds(self, even_days: Floats) -> Ints:
        """Moments on the even clock, in 0 .. days, as local seconds since 1970-01-01; order is kept."""
        day = np.clip(np.searchsorted(self.passed, even_days, side="right") - 1, 0, self.days - 1)
        share_of_day = np.clip((even_days - self.passed[day]) / self.intensity[day], 0.0, 1.0 - 1e-9)
        return (self.first_day + day) * SECONDS_PER_DAY + _second_of_day(share_of_day)

    def some_time_on(self, day: Ints, rng: np.random.Generator) -> Ints:
        """A moment in trading hours of each day (days since 1970-01-01), as seconds since 1970-01-01."""
        return day * SECONDS_PER_DAY + _second_of_day(rng.random(len(day)))


def trading_calendar(start: date, end: date, *, seasonality: float) -> Calendar:
    """The shop's calendar from `start` to `end`, both included.

    Args:
        start: first trading day.
        end: last trading day.
        seasonality: 1 the shop's own pattern, 0 every day alike, in between a blend.
    """
    first_day = (start - EPOCH).days
    days = np.arange((end - start).days + 1)
    weekday = (start.weekday() + days) % 7
    day_of_year = (np.datetime64(start) + days).astype("datetime64[D]")
    day_of_year = (day_of_year - day_of_year.astype("datetime64[Y]")).astype(np.int64)

    christmas = 0.70 * np.exp(-0.5 * ((day_of_year - 338) / 16.0) ** 2)  # peaks about 5 December
    spring = 0.12 * np.exp(-0.5 * ((day_of_year - 120) / 25.0) ** 2)
    january = -0.15 * np.exp(-0.5 * ((day_of_year - 15) / 15.0) ** 2)
    pattern = _WEEKDAY_INTENSITY[weekday] * (1.0 + christmas + spring + january)
    blended = 1.0 + seasonality * (pattern - 1.0)
    intensity = blended / blended.mean()
    passed = np.concatenate([[0.0], np.cumsum(intensity)])
    return Calendar(first_day=first_day, intensity=intensity, passed=passed)


def _second_of_day(share: Floats) -> Ints:
    return np.interp(share, _HOURS_PASSED, _HOUR_STARTS).astype(np.int64)
