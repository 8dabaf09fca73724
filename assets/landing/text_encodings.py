"""The encoding of a text file: declared, or told from its bytes."""

from __future__ import annotations

import codecs
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from itertools import islice
from typing import IO

import pyarrow as pa
from charset_normalizer import from_bytes

_SAMPLE = 1 << 18
_MOST_TELLING = 2000  # lines that are looked at to tell an encoding
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins like UTF-16's
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
_NOT_WITHOUT_NUL = ("utf_16", "utf_16_le", "utf_16_be", "utf_32", "utf_32_le", "utf_32_be", "utf_7")
_WESTERN_LOOKALIKES = re.compile(
    r"cp125[0247]|cp(437|775|85[0278]|86[0135]|1140)|latin_1|iso8859_\w+|mac_\w+|hp_roman8|cp1006|ptcp154"
)
_JAPANESE_LOOKALIKES = re.compile(r"shift_jis(_2004|x0213)?")  # one byte pair is 髙 to Windows and 郄 to the standard
_COMMON = 0.75  # share of common signs from which a text is Chinese; chance finds a third of that
_KANA = 0.2  # share of kana among the signs beyond ASCII; Japanese has twice that and more
_MOST_BY_CHANCE = 10  # Chinese signs that may all be of the half of the table which Korean shares

OpenBytes = Callable[[], AbstractContextManager[IO[bytes]]]


class UnreadableFileError(Exception):
    """A file that cannot be read at all and is set aside whole; the text says what was found and expected."""


@contextmanager
def said_in_words() -> Iterator[None]:
    """Say in words what reading a damaged file raises.

    Raises:
        UnreadableFileError: the file is damaged, or not in the encoding it was taken for.
    """
    try:
        yield
    except UnicodeError as error:
        encoding = getattr(error, "encoding", "the declared encoding")
        raise UnreadableFileError(f"it holds bytes that are not {encoding}; declare the right `encoding`") from error
    except (EOFError, zlib.error, OSError, pa.ArrowInvalid) as error:
        raise UnreadableFileError(f"the file is damaged or truncated: {error}") from error


def encoding_of(open_bytes: OpenBytes, declared: str | None, *, is_utf8: bool | None = None) -> str:
    """Python's name of the file's encoding: a byte order mark's, else the declared one, else told from the bytes.

    Args:
        open_bytes: opens the decompressed file.
        declared: the configuration's.
        is_utf8: whether all bytes as they lie are known to be UTF-8; None where only the start may be read.

    Raises:
        UnreadableFileError: empty, damaged, not text, or in an encoding that cannot be told.
    """
    with said_in_words(), open_bytes() as raw:
        start = raw.read(_SAMPLE)
    if not start:
        raise UnreadableFileError("the file is empty (0 bytes); a header line and rows were expected")
    for mark, encoding in _BYTE_ORDER_MARKS:
        if start.startswith(mark):
            return encoding
    if declared is not None:
        return declared
    if b"\x00" in start:
        return _two_bytes_each(start)
    sample = start if is_utf8 is not False else _telling(open_bytes) or start
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        return _single_byte_or_told(sample)
    return "utf-8"


def _telling(open_bytes: OpenBytes) -> bytes:
    """The first lines that are not ASCII: what tells the encoding of a file."""
    with said_in_words(), open_bytes() as raw:
        lines = iter(partial(raw.readline, _SAMPLE), b"")
        return b"".join(islice((line for line in lines if not line.isascii()), _MOST_TELLING))


def _two_bytes_each(sample: bytes) -> str:
    """UTF-16 without a mark: read the right way round it holds line ends, and no other control character."""
    for encoding in ("utf-16-le", "utf-16-be"):
        try:
            text = codecs.getincrementaldecoder(encoding)().decode(sample)
        except UnicodeDecodeError:
            continue
        if "\n" in text and not _CONTROL.search(text):
            return encoding
    raise UnreadableFileError("the file is not text (it holds NUL bytes); set `format` or `encoding` if it is")


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _single_byte_or_told(sample: bytes) -> str:
    """Signs among ASCII that stand alone or in twos tell a detector nothing, and office software writes cp1252.

    Chinese, which other East Asian encodings can spell too, and western languages are what it mistakes in short texts.
    """
    lines = [line for line in sample.splitlines() if not line.isascii()]
    in_utf8 = sum(_is_utf8(line) for line in lines)
    if in_utf8 * 2 >= len(lines):  # no other encoding writes lines that happen to be UTF-8 that often
        raise UnreadableFileError(
            f"{in_utf8} of {len(lines)} lines with other than ASCII signs are UTF-8, the others are not; "
            f"one encoding was expected: repair the file, or declare `encoding` to take it as it is"
        )
    if _is_chinese(sample):
        return "gb18030"
    if _is_japanese(sample):
        return "cp932"
    runs = re.findall(rb"[\x80-\xff]+", sample)
    if sum(len(run) > 2 for run in runs) * 10 < len(runs) and _is_in(sample, "cp1252"):
        return "cp1252"
    best = from_bytes(sample, cp_exclusion=list(_NOT_WITHOUT_NUL)).best()
    if best is None:
        raise UnreadableFileError(
            "the encoding could not be told; declare `encoding`, for example cp1252, gb18030 or cp932"
        )
    lookalikes = {"cp1252": _WESTERN_LOOKALIKES, "cp932": _JAPANESE_LOOKALIKES}
    written = (name for name, alike in lookalikes.items() if alike.fullmatch(best.encoding) and _is_in(sample, name))
    return next(written, best.encoding)


def _is_chinese(sample: bytes) -> bool:
    """Whether nearly every sign beyond ASCII is a common one of GB 2312: a detector needs long texts to see that.

    The 3,755 commonest signs begin with the bytes B0 to D7, full-width ones with A1 and A3, and kana, which only
    Japanese needs, with A4 and A5; accents in words and Cyrillic read as pairs are mostly outside. Korean syllables lie
    in the first half of the same bytes, B0 to C8: a text without a sign of the second half is Chinese only where it is
    short.
    """
    try:
        codecs.getincrementaldecoder("gb18030")().decode(sample)
    except UnicodeDecodeError:
        return False
    signs = re.findall(rb"[\x81-\xfe][\x30-\x39][\x81-\xfe][\x30-\x39]|[\x81-\xfe][\x40-\xfe]", sample)
    in_table = [sign[0] for sign in signs if len(sign) == 2 and sign[1] >= 0xA1]
    common = [lead for lead in in_table if 0xB0 <= lead <= 0xD7]
    beside = sum(lead in (0xA1, 0xA3) for lead in in_table)
    has_kana = any(lead in (0xA4, 0xA5) for lead in in_table)
    if not common or has_kana or len(common) + beside < _COMMON * len(signs):
        return False
    return any(lead > 0xC8 for lead in common) or len(common) <= _MOST_BY_CHANCE


def _is_japanese(sample: bytes) -> bool:
    """Whether the text is cp932 with as many kana as Japanese has: a detector takes a few words for Korean.

    Hiragana and full-width katakana begin with the bytes 82 and 83, which hardly any other text holds so often.
    """
    if not _is_in(sample, "cp932"):
        return False
    signs = [sign for sign in sample.decode("cp932", "ignore") if not sign.isascii()]
    return sum("ぁ" <= sign <= "ヶ" for sign in signs) >= _KANA * max(1, len(signs))


def _is_in(sample: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(sample)
    except UnicodeDecodeError:
        return False  # a byte the encoding does not have: the detector decides
    return True
