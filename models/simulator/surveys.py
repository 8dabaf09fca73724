"""What the buyers of the simulated shop answer when asked: one response per surveyed order, two questions each.

Both answers are cuts of the order's experience, which leans on the customer's latent satisfaction, plus a little
noise of their own: an unhappy customer scores lower, returns more and leaves sooner.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot

import numpy as np
from scipy import special

from models.simulator.calendar import SECONDS_PER_DAY, Calendar, Floats, Ints
from models.simulator.dimensions import Dimension
from models.simulator.parameters import ShopParameters
from models.simulator.purchases import Orders

OVERALL, RECOMMEND = "overall", "recommend"  # satisfaction 1..5; would recommend 0..10
NO_ANSWER = -1

_ANSWER_NOISE = 0.5
# Shares of the answers an average public gives, worst first.
_OVERALL_SHARES = (0.03, 0.05, 0.10, 0.42, 0.40)  # 1 .. 5: 82 % in the top two
_RECOMMEND_SHARES = (0.01, 0.005, 0.01, 0.015, 0.02, 0.055, 0.065, 0.12, 0.19, 0.21, 0.30)  # 0 .. 10: NPS 33
_SKIPPED_SHARE = 0.03
_COMMENT_SHARE = 0.2
_WAIT_DAYS_SCALE = 2.5
_UNHAPPY, _HAPPY = -0.7, 0.7
_COMMENTS: tuple[tuple[str, ...], ...] = (
    (
        "Arrived late, and the box was torn.",
        "Not what the picture shows",
        "Paid £4.95 for delivery and waited two weeks",
        "Nobody answered my e-mail.",
        "Broken on arrival; the refund took ages",
    ),
    ("Fine", "Good value, slow delivery", "As described", "OK overall. Could not track the parcel."),
    (
        "Lovely, will buy again",
        "Quick and well packed!",
        'My daughter said "wow"',
        "The café mugs are perfect",
        "Helpful staff in the store",
    ),
)
SURVEY_CHANNELS = Dimension(("email", "web", "sms"), (0.6, 0.3, 0.1))


@dataclass(frozen=True)
class Responses:
    """Responses in the order of time; every array has one value per response.

    Attributes:
        order: position of the order in `Orders`.
        responded_at: local seconds since 1970-01-01.
        overall: 1..5, or NO_ANSWER.
        recommend: 0..10, or NO_ANSWER.
        channel: how the answer came, position in SURVEY_CHANNELS.
        comment: free text, or None.
    """

    order: Ints
    responded_at: Ints
    overall: Ints
    recommend: Ints
    channel: Ints
    comment: list[str | None]

    def __len__(self) -> int:
        return len(self.order)


def draw_responses(
    orders: Orders, calendar: Calendar, parameters: ShopParameters, rng: np.random.Generator
) -> Responses:
    """Draw the responses given by the end of the window."""
    order = np.flatnonzero(rng.random(len(orders)) < parameters.survey_share)
    wait = 1 + rng.exponential(_WAIT_DAYS_SCALE, len(order)).astype(np.int64)
    at = calendar.some_time_on(orders.ordered_at[order] // SECONDS_PER_DAY + wait, rng)
    landed = np.flatnonzero(at < calendar.end_second)
    in_time = landed[np.argsort(at[landed], kind="stable")]
    order, at = order[in_time], at[in_time]

    experience = orders.experience[order]
    mood = np.digitize(experience, (_UNHAPPY, _HAPPY))
    says = np.array([len(comments) for comments in _COMMENTS])[mood]
    which = np.floor(rng.random(len(order)) * says).astype(np.int64)
    comments = rng.random(len(order)) < _COMMENT_SHARE
    return Responses(
        order=order,
        responded_at=at,
        overall=_answers(experience, _OVERALL_SHARES, 1, rng),
        recommend=_answers(experience, _RECOMMEND_SHARES, 0, rng),
        channel=SURVEY_CHANNELS.draw(len(order), rng),
        comment=[_COMMENTS[m][w] if said else None for m, w, said in zip(mood, which, comments, strict=True)],
    )


def _answers(experience: Floats, shares: tuple[float, ...], lowest: int, rng: np.random.Generator) -> Ints:
    """Ordered scores whose shares in an average public are `shares`; some buyers skip the question."""
    heard = (experience + _ANSWER_NOISE * rng.standard_normal(len(experience))) / hypot(1.0, _ANSWER_NOISE)
    cuts = special.ndtri(np.cumsum(np.array(shares))[:-1])
    answers = np.digitize(heard, cuts).astype(np.int64) + lowest
    answers[rng.random(len(answers)) < _SKIPPED_SHARE] = NO_ANSWER
    return answers
