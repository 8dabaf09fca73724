"""Numbers, dates and sentences in the reader's language."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from reports.labels import NAMES, NOUNS
from reports.report_data import LanguageCode
from reports.wording import WORDING

Number = int | float | Decimal

SYMBOLS = {
    "AUD": "A$", "BRL": "R$", "CAD": "C$", "CNY": "¥", "EUR": "€", "GBP": "£", "HKD": "HK$", "INR": "₹",
    "JPY": "¥", "KRW": "₩", "NZD": "NZ$", "SGD": "S$", "TWD": "NT$", "USD": "$",
}  # fmt: skip
WITHOUT_DECIMALS = frozenset(
    ("BIF", "CLP", "DJF", "GNF", "IDR", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF",
     "XOF", "XPF")
)  # fmt: skip
"""Currencies without a smaller unit (ISO 4217), and the rupiah, whose hundredth nobody pays with."""
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
ABSENT = "–"
_STEPS = {"en": ((1e9, "bn"), (1e6, "M"), (1e3, "k")), "zh": ((1e8, "亿"), (1e4, "万"))}


@dataclass(frozen=True)
class Language:
    r"""How the page says things: one language and one currency.

    >>> Language("en", "GBP").money(Decimal("12345.67"))
    '£12,346'
    >>> Language("zh", "CNY").money_short(123456)
    '¥12.3万'
    >>> Language("en", "XAU").money(-5)
    '−\u2060XAU\xa05'
    """

    code: LanguageCode
    currency: str

    def say(self, key: str, **values: str) -> str:
        """The sentence of that key with the already formatted values filled in."""
        english, chinese = WORDING[key]
        return (english if self.code == "en" else chinese).format(**values)

    def heads(self, *columns: str) -> list[str]:
        """The heads of a table's columns."""
        return [self.say(f"head.{column}") for column in columns]

    def name(self, group: str, identifier: str) -> str:
        """Display name of an id; an id nobody named is shown with spaces for its underscores."""
        names = NAMES[group].get(identifier)
        if names is None:
            return identifier.replace("_", " ")
        return names[0] if self.code == "en" else names[1]

    def counted(self, count: int, noun: str) -> str:
        """A count with its noun, for example ``1 customer`` and ``2 customers``."""
        one, many, chinese = NOUNS[noun]
        if self.code == "zh":
            return f"{self.integer(count)} {chinese}"
        return f"{self.integer(count)} {one if count == 1 else many}"

    def listed(self, items: list[str]) -> str:
        """The items as a list in a sentence."""
        if self.code == "zh":
            return "、".join(items)
        return items[0] if len(items) == 1 else ", ".join(items[:-1]) + " and " + items[-1]

    def few(self, items: list[str]) -> str:
        """The items as a list, those after the third told by their number.

        >>> [Language(code, "GBP").few(["a", "b", "c", "d", "e"]) for code in ("en", "zh")]
        ['a, b, c and 2 more', 'a、b、c等 5 个']
        """
        if len(items) <= 3:
            return self.listed(items)
        if self.code == "zh":
            return "、".join(items[:3]) + f"等 {len(items)} 个"
        return self.listed([*items[:3], f"{len(items) - 3} more"])

    def number(self, value: Number | None, digits: int = 0) -> str:
        """A number with grouped thousands and a true minus sign; a dash where there is none."""
        if value is None or value != value:
            return ABSENT
        text = f"{abs(value):,.{digits}f}"
        is_negative = value < 0 and any(c in "123456789" for c in text)
        return ("−" if is_negative else "") + text

    def integer(self, value: Number | None) -> str:
        """A whole number."""
        return self.number(value)

    def short(self, value: Number | None) -> str:
        """Three significant digits and the magnitude as a word, for axes and marks.

        >>> [Language("en", "GBP").short(n) for n in (0, 7, 999, 1234, 999_999, 1_500_000)]
        ['0', '7', '999', '1.23k', '1M', '1.5M']
        """
        if value is None or value != value:
            return ABSENT
        size = abs(float(value))
        rounded = float(f"{size:.3g}")  # 999,999 is one million, not 1000k
        for step, word in _STEPS[self.code]:
            if rounded >= step:
                return ("−" if value < 0 else "") + _plain(rounded / step) + word
        return ("−" if value < 0 and rounded else "") + (_plain(rounded) if rounded < 1000 else f"{rounded:,.0f}")

    def money(self, value: Number | None, digits: int = 0) -> str:
        """An amount of the base currency in full, with no more decimals than the currency has.

        >>> [Language("en", currency).money(1234.5, 2) for currency in ("GBP", "JPY")]
        ['£1,234.50', '¥1,234']
        """
        return self._with_symbol(self.number(value, 0 if self.currency in WITHOUT_DECIMALS else digits))

    def money_said(self, value: Number | None) -> str:
        """An amount as cards and sentences say it: pence below a thousand, three digits from a hundred thousand on.

        >>> [Language("en", "GBP").money_said(n) for n in (407.55, 60, 1441.2, 160150)]
        ['£407.55', '£60', '£1,441', '£160k']
        """
        size = 0.0 if value is None else abs(round(float(value), 2))
        return self.money_short(value) if size >= 100_000 else self.money(value, 2 if size < 1000 and size % 1 else 0)

    def money_short(self, value: Number | None) -> str:
        """An amount of the base currency with three significant digits, or to the cent.

        >>> [Language("en", "GBP").money_short(n) for n in (5.4, 48, 160150)]
        ['£5.40', '£48', '£160k']
        """
        if value is not None and round(abs(float(value)), 2) < 100 and round(float(value), 2) % 1:
            return self.money(value, 2)
        return self._with_symbol(self.short(value))

    def percent(self, share: Number | None, digits: int = 1) -> str:
        """A share 0..1 in per cent; a share that is not zero never reads as zero."""
        if share is None or share != share:
            return ABSENT
        smallest = 10.0**-digits
        if 0 < share * 100 < smallest / 2:
            return f"<{smallest:g}%"
        return self.number(float(share) * 100, digits) + "%"

    def round_percent(self, share: Number) -> str:
        """A share in per cent without an idle decimal, for axes and targets.

        >>> [Language("en", "GBP").round_percent(s) for s in (0.85, 0.825, 1)]
        ['85%', '82.5%', '100%']
        """
        return _plain_decimal(self.number(float(share) * 100, 1)) + "%"

    def round_number(self, value: Number, digits: int = 1) -> str:
        """A number without an idle decimal."""
        return _plain_decimal(self.number(value, digits))

    def within(self, name: str) -> str:
        """A display name inside a sentence: no capital unless it is an acronym or a person.

        >>> [Language("en", "GBP").within(n) for n in ("Log loss", "ROC-AUC", "Brier score", "Pareto/NBD")]
        ['log loss', 'ROC-AUC', 'Brier score', 'Pareto/NBD']
        """
        if self.code == "zh" or name.startswith(("Brier", "Pareto")) or name[1:2].isupper() or name[1:2].isdigit():
            return name
        return name[:1].lower() + name[1:]

    def day(self, date: dt.date | None) -> str:
        """A date in full."""
        if date is None:
            return ABSENT
        if self.code == "zh":
            return f"{date.year}年{date.month}月{date.day}日"
        return f"{date.day} {MONTHS[date.month - 1]} {date.year}"

    def month(self, date: dt.date) -> str:
        """The month of a date in full."""
        return f"{date.year}年{date.month}月" if self.code == "zh" else f"{MONTHS[date.month - 1]} {date.year}"

    def month_short(self, date: dt.date) -> str:
        """The month of a date, short."""
        return f"{date.year}-{date.month:02d}" if self.code == "zh" else f"{MONTHS[date.month - 1][:3]} {date.year}"

    def period(self, start: dt.date, grain: str) -> str:
        """A period of a grain, for example ``Q3 2011``."""
        if grain == "month":
            return self.month_short(start)
        if grain == "quarter":
            quarter = (start.month + 2) // 3
            return f"{start.year}年{quarter}季度" if self.code == "zh" else f"Q{quarter} {start.year}"
        if grain == "year":
            return f"{start.year}年" if self.code == "zh" else str(start.year)
        if grain == "week":
            year, week, _ = start.isocalendar()
            return f"{year}年第{week}周" if self.code == "zh" else f"{year}-W{week:02d}"
        return self.day(start)

    def moment(self, moment: dt.datetime) -> str:
        """A UTC moment to the minute."""
        return f"{self.day(moment.date())} {moment:%H:%M} UTC"

    def _with_symbol(self, figure: str) -> str:
        if figure == ABSENT:
            return figure
        symbol = SYMBOLS.get(self.currency, self.currency + "\u00a0")
        # A line may end between two signs: the word joiner between them keeps it together.
        return f"−\u2060{symbol}{figure[1:]}" if figure.startswith("−") else symbol + figure


def _plain_decimal(text: str) -> str:
    """The formatted number without trailing zeros after the point."""
    return text.rstrip("0").rstrip(".") if "." in text else text


def _plain(size: float) -> str:
    """At most three significant digits without trailing zeros."""
    digits = 0 if size >= 100 else 1 if size >= 10 else 2
    return _plain_decimal(f"{size:.{digits}f}")
