"""Currency and time zone of the business, as far as the files tell."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from assets.proposals.names import likeness
from assets.proposals.profile import CURRENCY_WORDS, Column
from assets.proposals.records import Doubt, Guess, ProposedSource

_SIGNS: Final = {
    "R$": "BRL", "£": "GBP", "€": "EUR", "¥": "CNY", "￥": "CNY", "元": "CNY", "₹": "INR", "₩": "KRW", "₺": "TRY",
    "₽": "RUB", "₴": "UAH", "₪": "ILS", "₫": "VND", "₱": "PHP", "$": "USD",
}  # fmt: skip
_CODES: Final = ("EUR", "USD", "GBP", "CNY", "RMB", "JPY", "CHF", "SEK", "NOK", "DKK", "PLN", "CAD", "AUD", "INR")
_COUNTRIES: Final = {
    "united kingdom": ("GBP", "Europe/London"), "uk": ("GBP", "Europe/London"), "gb": ("GBP", "Europe/London"),
    "england": ("GBP", "Europe/London"), "germany": ("EUR", "Europe/Berlin"), "deutschland": ("EUR", "Europe/Berlin"),
    "de": ("EUR", "Europe/Berlin"), "france": ("EUR", "Europe/Paris"), "fr": ("EUR", "Europe/Paris"),
    "spain": ("EUR", "Europe/Madrid"), "españa": ("EUR", "Europe/Madrid"), "es": ("EUR", "Europe/Madrid"),
    "italy": ("EUR", "Europe/Rome"), "it": ("EUR", "Europe/Rome"), "austria": ("EUR", "Europe/Vienna"),
    "österreich": ("EUR", "Europe/Vienna"), "at": ("EUR", "Europe/Vienna"), "switzerland": ("CHF", "Europe/Zurich"),
    "schweiz": ("CHF", "Europe/Zurich"), "ch": ("CHF", "Europe/Zurich"), "netherlands": ("EUR", "Europe/Amsterdam"),
    "nl": ("EUR", "Europe/Amsterdam"), "ireland": ("EUR", "Europe/Dublin"), "poland": ("PLN", "Europe/Warsaw"),
    "sweden": ("SEK", "Europe/Stockholm"), "japan": ("JPY", "Asia/Tokyo"), "china": ("CNY", "Asia/Shanghai"),
    "中国": ("CNY", "Asia/Shanghai"), "cn": ("CNY", "Asia/Shanghai"), "united states": ("USD", "America/New_York"),
    "usa": ("USD", "America/New_York"), "us": ("USD", "America/New_York"), "canada": ("CAD", "America/Toronto"),
    "australia": ("AUD", "Australia/Sydney"), "india": ("INR", "Asia/Kolkata"),
}  # fmt: skip
_ZONES_IN_WORDS: Final = {
    "eastern time (us & canada)": "America/New_York", "central time (us & canada)": "America/Chicago",
    "mountain time (us & canada)": "America/Denver", "pacific time (us & canada)": "America/Los_Angeles",
    "atlantic time (canada)": "America/Halifax", "newfoundland": "America/St_Johns", "arizona": "America/Phoenix",
    "alaska": "America/Anchorage", "hawaii": "Pacific/Honolulu", "indiana (east)": "America/Indiana/Indianapolis",
    "saskatchewan": "America/Regina", "london": "Europe/London", "dublin": "Europe/Dublin", "paris": "Europe/Paris",
    "madrid": "Europe/Madrid", "berlin": "Europe/Berlin", "tokyo": "Asia/Tokyo", "osaka": "Asia/Tokyo",
    "sydney": "Australia/Sydney", "melbourne": "Australia/Melbourne", "brisbane": "Australia/Brisbane",
    "adelaide": "Australia/Adelaide", "perth": "Australia/Perth", "hobart": "Australia/Hobart",
}  # fmt: skip
"""Time zones as Ruby on Rails names them, and with it Square and other tills."""
_COUNTRY_WORDS: Final = "country, land, pays, pais, 国家, shipping country, billing country"
_MONEY: Final = ("unit_price", "amount", "discount")


def currency_guess(sources: Sequence[ProposedSource], given: str | None = None) -> Guess:
    """The currency: as given, as a column says, as signs beside the numbers say, or as the customers' country says."""
    if given:
        return Guess(given, "as you said")
    if known := _known(sources, "currency"):
        return known
    codes: Counter[str] = Counter()
    signs: Counter[str] = Counter()
    for source in sources:
        if "currency" in source.chosen:
            codes.update({value.upper(): n for value, n in source.chosen["currency"].top})
        for column in _of(source, _MONEY):
            texts = (
                [(column.name, 1), *column.top]
                if column.share("signed") or column.share("bookkept")
                else [(column.name, 1)]
            )
            signs.update({_code_in(text): n for text, n in texts if _code_in(text)})
    if codes:
        code, n = codes.most_common(1)[0]
        others = [other for other in codes if other != code]
        if not others:
            return Guess(code, "every row says so")
        text = f"rows in {', '.join(others[:5])} are set aside until a source of kind exchange_rates has their rates."
        return Guess(code, f"{n / codes.total():.0%} of the rows looked at", (Doubt(text),))
    if signs:
        code = signs.most_common(1)[0][0]
        return Guess("JPY" if code == "CNY" and _is_japanese(sources) else code, "the sign that stands at the money")
    if not any(source.kind == "transactions" for source in sources):
        return Guess("EUR", "a placeholder: no source here holds money")
    text = "no file says the currency: is it yours?"
    country = _country(sources)
    if country:
        return Guess(country[1][0], f"most rows name {country[0]}", (Doubt(text),))
    if _is_japanese(sources):
        return Guess("JPY", "the header is Japanese", (Doubt(text),))
    if _is_chinese(sources):
        return Guess("CNY", "the header is Chinese", (Doubt(text),))
    if any(source.rows.decimal == "," for source in sources):
        return Guess("EUR", "numbers have a decimal comma", (Doubt(text),))
    return Guess("USD", "a placeholder", (Doubt(text),))


def timezone_guess(sources: Sequence[ProposedSource], given: str | None = None) -> Guess:
    """The zone: as given, of the customers' country, of the header's language, or this machine's."""
    if given:
        return Guess(given, "as you said")
    if known := _known(sources, "timezone"):
        return known
    if told := _zone_in_a_column(sources):
        return told
    doubt = (Doubt("no file says the time zone; it decides to which day an order late in the evening belongs."),)
    country = _country(sources)
    if country:
        return Guess(country[1][1], f"most rows name {country[0]}", doubt)
    if _is_japanese(sources):
        return Guess("Asia/Tokyo", "the header is Japanese", doubt)
    if _is_chinese(sources):
        return Guess("Asia/Shanghai", "the header is Chinese", doubt)
    return Guess(machine_zone(), "this machine's", doubt)


def _known(sources: Sequence[ProposedSource], option: str) -> Guess | None:
    """What the ready mapping of a known export says, once for the business instead of for its source."""
    said = [source.options[option] for source in sources if option in source.options]
    values = {guess.value for guess in said}
    if len(values) != 1 or values <= {"UTC", None} or str(*values).startswith("Etc/"):  # machines' zones are no shop's
        return None
    for source in sources:
        source.options.pop(option, None)
    return replace(said[0], evidence=said[0].evidence or "of this export")


def _zone_in_a_column(sources: Sequence[ProposedSource]) -> Guess | None:
    """The zone that a column called by it names in most rows, by its IANA name or as tills in America write it."""
    import zoneinfo

    for column in (column for source in sources for column in source.rows.columns):
        if likeness(column.name, "time zone, timezone, 时区") < 1 or not column.top:
            continue
        value = column.top[0][0]
        zone = _ZONES_IN_WORDS.get(value.casefold(), value)
        if zone not in zoneinfo.available_timezones() or zone == "UTC" or zone.startswith("Etc/"):
            continue
        others = [text for text, _ in column.top[1:]]
        doubts = (Doubt(f"{column.name} also says {', '.join(others[:3])}: a night has one zone."),) if others else ()
        return Guess(zone, f"{column.name} says {value}", doubts)
    return None


def machine_zone() -> str:
    """The IANA name of this machine's time zone; UTC where it has none."""
    import zoneinfo

    known = zoneinfo.available_timezones()
    told = os.environ.get("TZ", "").removeprefix(":")
    link = Path("/etc/localtime")
    zone = str(link.resolve()).partition("zoneinfo/")[2] if link.exists() else ""
    return next((name for name in (told, zone) if name in known and "/" in name and "Etc" not in name), "UTC")


def is_day_first(columns: Iterable[Column], currency: str | None) -> bool:
    """Whether dates such as 03/04/2024 are likelier day first: not where dollars or the United States stand."""
    if currency is not None:
        return currency != "USD"
    for column in columns:
        values = {value.casefold() for value, _ in column.top}
        in_dollars = column.share("signed") > 0.5 and _code_in(column.top[0][0]) == "USD"
        if values & {"usd", "united states", "usa", "us"} or in_dollars:
            return False
    return True


def _of(source: ProposedSource, fields: Iterable[str]) -> list[Column]:
    return [source.chosen[field] for field in fields if field in source.chosen]


def _code_in(text: str) -> str:
    upper = text.upper()
    found = next((code for code in _CODES if code in upper.replace("(", " ").replace(")", " ").split()), "")
    found = found or next((code for sign, code in _SIGNS.items() if sign in text), "")
    found = found or next((code for code in _CODES if code in upper and any(sign.isdigit() for sign in text)), "")
    found = found or CURRENCY_WORDS.get(text.rpartition("\u00a0")[2].rpartition(" ")[2], "")
    return "CNY" if found == "RMB" else found


def _country(sources: Sequence[ProposedSource]) -> tuple[str, tuple[str, str]] | None:
    """The country most rows name with its currency and zone, where it is one that is known here."""
    counts: Counter[str] = Counter()
    for source in sources:
        for column in source.rows.columns:
            if likeness(column.name, _COUNTRY_WORDS) > 0.5:
                counts.update(dict(column.top))
    for name, n in counts.most_common(1):
        if name.casefold() in _COUNTRIES and n > 0.5 * counts.total():
            return name, _COUNTRIES[name.casefold()]
    return None


def _is_chinese(sources: Sequence[ProposedSource]) -> bool:
    return any("\u4e00" <= sign <= "\u9fff" for sign in _names(sources))


def _is_japanese(sources: Sequence[ProposedSource]) -> bool:
    """Whether a header holds kana, or signs that only Japanese writes so."""
    return bool(re.search("[\u3041-\u30fa単価売円]|注文", _names(sources)))


def _names(sources: Sequence[ProposedSource]) -> str:
    return "".join(column.name for source in sources for column in source.rows.columns)
