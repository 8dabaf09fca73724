"""What the simulated shop sells: 320 products in 8 categories and 16 price bands, and which of them people pick."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.simulator.calendar import Floats, Ints

LOWEST_PRICE = 1.6
BAND_STEP = 1.35  # each band's middle price is this multiple of the one below: 1.60 .. 144

# One row per price band, cheapest first: four products of four categories; each comes in the five styles below.
_BANDS: tuple[tuple[tuple[str, str], ...], ...] = (
    (("Greeting card", "stationery"), ("Tealight", "lighting"), ("Seed packet", "garden"), ("Wooden spoon", "kitchen")),
    (("Gift wrap", "stationery"), ("Egg cup", "kitchen"), ("Marble bag", "toys"), ("Napkin", "textiles")),
    (("Notebook", "stationery"), ("Plant pot", "garden"), ("Tea towel", "textiles"), ("Skipping rope", "toys")),
    (("Mug", "kitchen"), ("Candle", "lighting"), ("Postcard box", "stationery"), ("Kite", "toys")),
    (("Photo frame", "home"), ("Oven glove", "textiles"), ("Bird feeder", "garden"), ("Cereal bowl", "kitchen")),
    (("Diary", "stationery"), ("Puzzle", "toys"), ("Vase", "home"), ("Lantern", "lighting")),
    (("Cushion cover", "textiles"), ("Cafetiere", "kitchen"), ("Trowel set", "garden"), ("Wall clock", "home")),
    (("Building blocks", "toys"), ("Fairy lights", "lighting"), ("Storage basket", "home"), ("Teapot", "kitchen")),
    (("Table runner", "textiles"), ("Watering can", "garden"), ("Mirror", "home"), ("Fountain pen", "stationery")),
    (("Bath sheet", "textiles"), ("Board game", "toys"), ("Stool", "furniture"), ("Saucepan", "kitchen")),
    (("Throw", "textiles"), ("Table lamp", "lighting"), ("Wall shelf", "furniture"), ("Doll's house", "toys")),
    (("Dinner set", "kitchen"), ("Planter", "garden"), ("Side table", "furniture"), ("Picture", "home")),
    (("Duvet set", "textiles"), ("Floor lamp", "lighting"), ("Coat stand", "furniture"), ("Stand mixer", "kitchen")),
    (("Rug", "textiles"), ("Garden bench", "garden"), ("Bookcase", "furniture"), ("Pendant light", "lighting")),
    (("Desk", "furniture"), ("Fire pit", "garden"), ("Tall mirror", "home"), ("Curtains", "textiles")),
    (("Armchair", "furniture"), ("Garden table", "garden"), ("Chandelier", "lighting"), ("Cabinet", "furniture")),
)
_STYLES = ("Blue {}", "Natural {}", "Café {}", "{}, large", 'Classic "1920" {}')

_FLATTENING = 12.0  # Mandelbrot's: the bestseller is about one line in forty; plain Zipf would make it one in ten


@dataclass(frozen=True)
class Catalogue:
    """Products of the shop; every array has one value per product, cheapest band first.

    Attributes:
        product_id, product_name, category: text, `P0001` onwards.
        band: price band of the product, 0 the cheapest.
        picked_below: band + share of the band's picks that go to this or an earlier product of the band.
    """

    product_id: list[str]
    product_name: list[str]
    category: list[str]
    band: Ints
    picked_below: Floats

    def pick(self, price_cents: Floats, rng: np.random.Generator) -> Ints:
        """A product of the right price band for each list price, the popular ones more often."""
        steps = np.log(price_cents / (100.0 * LOWEST_PRICE)) / np.log(BAND_STEP)
        band: Floats = np.clip(np.rint(steps), 0, len(_BANDS) - 1)
        return np.searchsorted(self.picked_below, band + rng.random(len(band)), side="right")


def catalogue() -> Catalogue:
    """The shop's catalogue: the same on every call.

    Popularity follows a Zipf-Mandelbrot law: the product of popularity rank k is picked in proportion to
    1 / (k + 12). Ranks are dealt to the price bands in turn, so every band has its bestsellers and its long tail.
    """
    named = [
        (style.format(noun) if style.startswith("{") else style.format(noun.lower()), category, band)
        for band, nouns in enumerate(_BANDS)
        for style in _STYLES
        for noun, category in nouns
    ]
    band = np.array([band for _, _, band in named], dtype=np.int64)
    per_band = len(named) // len(_BANDS)
    # A fixed shuffle inside each band (7 has no divisor in common with 20), else the first style were always the best.
    rank_in_band = (np.arange(len(named)) * 7 + band * 3) % per_band
    rank = rank_in_band * len(_BANDS) + band + 1
    weight = (1.0 / (rank + _FLATTENING)).reshape(len(_BANDS), per_band)
    share = np.cumsum(weight, axis=1) / weight.sum(axis=1, keepdims=True)
    share[:, -1] = 1.0
    return Catalogue(
        product_id=[f"P{number:04d}" for number in range(1, len(named) + 1)],
        product_name=[name for name, _, _ in named],
        category=[category for _, category, _ in named],
        band=band,
        picked_below=(share + np.arange(len(_BANDS))[:, None]).ravel(),
    )
