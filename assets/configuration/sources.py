"""One landing place in the configuration: its files, its mapping to the canonical columns, its survey questions."""

from __future__ import annotations

import operator
import re
from collections import Counter
from collections.abc import Mapping
from itertools import chain
from pathlib import PurePath
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import (
    Field,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
    model_validator,
)

from assets.configuration.canonical_fields import FIELDS
from assets.configuration.database_query import QueryError, backend_of, expect_one_select
from assets.configuration.urls import is_known, is_url, protocol_of
from assets.configuration.values import (
    SNAKE_CASE,
    Character,
    Count,
    Currency,
    DateFormat,
    DecimalMark,
    Delimiter,
    Encoding,
    Expression,
    Problems,
    Section,
    Sheets,
    SnakeCase,
    Text,
    TimeZone,
    Whole,
    did_you_mean,
    nearest,
    refusal,
    refuse_all,
    validated_beside,
)

SourceKind = Literal["transactions", "surveys", "customers", "exchange_rates"]
FileFormat = Literal["csv", "tsv", "parquet", "jsonl", "xlsx"]
QuestionKind = Literal["csat", "nps", "ces"]

CANONICAL_COLUMNS: Final = {kind: tuple(field.name for field in fields) for kind, fields in FIELDS.items()}
"""The names a source of each kind may map; a survey may add dimensions of its own."""
REQUIRED_COLUMNS: Final = {
    kind: tuple(field.name for field in fields if field.required) for kind, fields in FIELDS.items()
}
RULES: Final = ("refund_when", "discount_when", "charge_when", "exclude_when")
"""The conditions on a row of transactions."""
DEFAULT_SCALES: Final[Mapping[str, tuple[int, int]]] = {"csat": (1, 5), "nps": (0, 10), "ces": (1, 7)}

_DELIMITED = ("csv", "tsv")
_FORMATS_OF_OPTION = {
    "encoding": ("csv", "tsv", "jsonl"),
    "sheet": ("xlsx",),
    "skip_rows_after_header": ("csv", "tsv", "xlsx"),
}
_RIVALS = (("unit_price", "amount"), ("birth_date", "age"))
_NOT_A_DIMENSION = ("all", "as_of", "content", "file", "line_number", "loaded_at", "reasons", "scope", "source")


def compared(answer: str) -> str:
    r"""An answer as it is compared: blanks made one, letters small as the engine makes them, ``11.0`` as ``11``.

    >>> compared(" Weiß\u00a0 nicht"), compared("İyi"), compared("11.0")
    ('weiß nicht', 'iyi', '11')
    """
    small = "".join(sign.lower()[0] for sign in " ".join(answer.split()))
    return re.sub(r"[.]0+$", "", small)


class Question(Section):
    """One survey question: the measure it feeds, its scale and the codes that mean no answer.

    Attributes:
        id: name of the question in every table; the key it stands under, unless given.
        kind: csat, nps or ces.
        scale: lowest and highest answer, both included; [1, 5], [0, 10] and [1, 7] unless given.
        top_box: lowest and highest satisfied answer, both included; for csat the two highest unless given, else None.
        blank: codes that are no answer, as :func:`compared` writes them.
        words: answers given in words, as :func:`compared` writes them, to the scores they stand for.
        driver_of: id of the overall question of the same source that this one is a part of; None where of none.
    """

    id: SnakeCase
    kind: QuestionKind
    # The default is never read: a kind has its own, and where none is known the kind is what is told.
    scale: tuple[Whole, Whole] = (0, 0)
    top_box: tuple[Whole, Whole] | None = None
    blank: tuple[str, ...] = ()
    # Younger than many homes, which need not be another configuration's, nor read again, for a key that is not there.
    words: dict[str, Whole] = Field(default_factory=dict, exclude_if=operator.not_)
    driver_of: SnakeCase | None = None

    @model_validator(mode="before")
    @classmethod
    def _defaults_of_its_kind(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        filled = {key: value for key, value in data.items() if value is not None}
        if filled.get("kind") in get_args(QuestionKind):
            filled.setdefault("scale", DEFAULT_SCALES[filled["kind"]])
        match filled:
            case {"kind": "csat", "scale": [int(lowest), int(highest)]} if "top_box" not in filled:
                filled["top_box"] = (max(lowest + 1, highest - 1), highest)
        return filled

    @field_validator("scale")
    @classmethod
    def _scale_of_its_kind(cls, scale: tuple[int, int], info: ValidationInfo) -> tuple[int, int]:
        if info.data.get("kind") == "nps" and scale != DEFAULT_SCALES["nps"]:
            raise refusal("[0, 10]: NPS is defined on whole numbers from 0 to 10", "another scale is csat or ces")
        if scale[0] >= scale[1]:
            raise refusal("the lowest answer, then the highest")
        return scale

    @field_validator("top_box")
    @classmethod
    def _box_inside_the_scale(cls, box: tuple[int, int] | None, info: ValidationInfo) -> tuple[int, int] | None:
        kind, scale = info.data.get("kind"), info.data.get("scale")
        if box is None or kind is None or scale is None:
            return box
        if kind != "csat":
            raise refusal(f"no top_box: a {kind} question has none")
        if not scale[0] <= box[0] <= box[1] <= scale[1] or box == scale:
            raise refusal(f"the lowest and the highest satisfied answer inside {list(scale)}, and not all of it")
        return box

    @field_validator("blank", mode="before")
    @classmethod
    def _codes_as_text(cls, codes: Any) -> Any:
        if not isinstance(codes, list | tuple) or any(isinstance(code, list | dict) for code in codes):
            raise refusal("a list of codes such as [0, 6, Blank]")
        return tuple(compared(str(code)) for code in codes)

    @field_validator("words", mode="before")
    @classmethod
    def _words_as_compared(cls, words: Any, info: ValidationInfo) -> Any:
        if not isinstance(words, Mapping):
            raise refusal("answers and their scores, such as {Satisfied: 4, Very satisfied: 5}")
        given = Counter(compared(str(word)) for word in words)
        twice = next((word for word, times in given.items() if times > 1), None)
        if twice is not None:
            raise refusal("each answer once: case and blanks make no difference", f"twice: {twice}")
        blank = next((word for word in given if not word or word in info.data.get("blank", ())), None)
        if blank is not None:
            raise refusal("answers that are not blank", f"no answer: {blank or 'an empty text'}")
        return {compared(str(word)): score for word, score in words.items()}

    @field_validator("words")
    @classmethod
    def _words_on_the_scale(cls, words: dict[str, int], info: ValidationInfo) -> dict[str, int]:
        scale = info.data.get("scale")
        if scale is None or "kind" not in info.data:
            return words
        beyond = [word for word, score in words.items() if not scale[0] <= score <= scale[1]]
        if beyond:
            raise refusal(f"scores of the scale {list(scale)}", f"off it: {', '.join(beyond[:3])}")
        return words


class Source(Section):
    """One place where files of one kind land, and how their columns become the canonical ones.

    Attributes:
        name: snake_case id, unique in the configuration; stands in every table.
        path: glob of its files; absolute once loaded from a file, or an fsspec URL. None where a database is asked.
        storage_options: what the library behind the URL is told.
        database: SQLAlchemy URL; like the two above it may hold ``${NAME}``, which is read when something is fetched.
        query: the one SELECT whose answer is the source's file.
        columns: canonical name to the file's column or to a SQL expression over its columns.
        skip_rows_after_header: records below the header that hold no data, such as the texts of questions.
        fill_down: the file's own columns in which an empty value repeats the one above; where the first of them
            changes, the others begin anew.
        questions: of a wide survey by the column that holds the answer, of a long one by the value in ``question``.
        cadence_days: longest silence in days that still counts as delivered.
        currency: currency of every amount, where no column says it; the business's where neither does.
        orders_of: source whose order ids its rows carry, as of refunds exported apart; None where they are its own.
    """

    name: SnakeCase
    kind: SourceKind
    # Left out of every dump: where things are, and who asks for them, enter no hash and no manifest.
    database: Text | None = Field(default=None, exclude=True, repr=False)
    query: Text | None = Field(default=None, exclude=True, validate_default=True)
    path: Text | None = Field(default=None, validate_default=True)
    storage_options: dict[str, Any] = Field(default_factory=dict, exclude=True, repr=False)
    format: FileFormat | None = None
    encoding: Encoding | None = None
    delimiter: Delimiter | None = None
    quote: Character | None = None
    decimal: DecimalMark | None = None
    thousands: Character | None = None
    date_format: DateFormat | None = None
    timezone: TimeZone | None = None
    skip_rows: Count = 0
    skip_rows_after_header: Count = 0
    fill_down: Annotated[tuple[Text, ...], Field(min_length=1)] | None = None
    header: Annotated[tuple[Text, ...], Field(min_length=1)] | None = None
    sheet: Sheets | None = None
    columns: dict[str, Expression]
    refund_when: Expression | None = None
    discount_when: Expression | None = None
    charge_when: Expression | None = None
    exclude_when: Expression | None = None
    questions: dict[str, Question] = Field(default_factory=dict, validate_default=True)
    delivery: Literal["replace_file", "append", "full_snapshot"] = "replace_file"
    duplicates: Literal["content", "keep"] = "content"
    cadence_days: Count = 3
    currency: Currency | None = None
    orders_of: SnakeCase | None = None

    @property
    def order_source(self) -> str:
        """The source whose orders the rows belong to."""
        return self.orders_of or self.name

    @property
    def expressions(self) -> dict[str, str]:
        """Every expression over a record: those of the canonical columns and dimensions, and the rules given."""
        return self.columns | {rule: text for rule in RULES if (text := getattr(self, rule)) is not None}

    @property
    def dimensions(self) -> tuple[str, ...]:
        """A survey's own dimensions: the mapped names that are not canonical, in the order of the configuration."""
        return tuple(name for name in self.columns if name not in CANONICAL_COLUMNS[self.kind])

    @model_validator(mode="before")
    @classmethod
    def _question_ids_from_their_keys(cls, data: Any) -> Any:
        questions = data.get("questions") if isinstance(data, Mapping) else None
        if not isinstance(questions, Mapping):
            return data
        named = {
            key: {"id": key, **value} if isinstance(value, Mapping) and SNAKE_CASE.fullmatch(str(key)) else value
            for key, value in questions.items()
        }
        return {**data, "questions": named}

    @field_validator("database")
    @classmethod
    def _address_of_a_database(cls, database: str | None) -> str | None:
        if database is not None and backend_of(database) is None and not database.startswith("${"):
            expected = refusal("an SQLAlchemy URL such as postgresql://reader:${SHOP_PASSWORD}@host/shop")
            refuse_all([((), "a text that is not shown", expected)])  # it may hold a password
        return database

    @field_validator("query")
    @classmethod
    def _asked_of_a_database(cls, query: str | None, info: ValidationInfo) -> str | None:
        if "database" not in info.data:
            return query
        database = info.data["database"]
        if database is None and query is not None:
            raise refusal("no query: it belongs to a source with a `database`")
        if database is not None and query is None:
            raise refusal("one SELECT: what the database is asked")
        backend = backend_of(database or "")
        if query is not None and backend is not None:  # else it is looked at before it is sent
            try:
                expect_one_select(query, backend)
            except QueryError as error:
                refuse_all([((), error.found, refusal(error.expected))])
        return query

    @field_validator("path")
    @classmethod
    def _path_or_database(cls, path: str | None, info: ValidationInfo) -> str | None:
        database = info.data.get("database")
        if path is None and database is None and "database" in info.data:
            raise refusal("a path or glob of its files, or a `database` and a `query`")
        if path is not None and database is not None:
            raise refusal("a path or a database, not both")
        if path is not None and is_url(path) and not is_known(path):
            protocol = protocol_of(path)
            known = refusal("a protocol such as s3, gs, abfs, sftp, https", "a path of this machine has no ://")
            refuse_all([((), f"the protocol `{protocol}`", known)])
        return path

    @field_validator("storage_options")
    @classmethod
    def _options_of_a_storage(cls, options: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        path = info.data.get("path")
        is_on_this_machine = path is not None and not is_url(path) and not path.startswith("${")
        if options and (is_on_this_machine or info.data.get("database") is not None):
            wanted = refusal("no storage_options: they belong to a path that is a URL")
            refuse_all([((), f"keys: {', '.join(options)}", wanted)])  # the values may be keys of another kind
        return options

    @field_validator("format")
    @classmethod
    def _told_by_the_query(cls, form: FileFormat | None, info: ValidationInfo) -> FileFormat | None:
        if form is not None and info.data.get("database") is not None:
            raise refusal("no format: the answer of a query comes with its types")
        return form

    @field_validator("encoding", "delimiter", "quote", "sheet", "skip_rows_after_header")
    @classmethod
    def _option_of_its_format(cls, value: Any, info: ValidationInfo) -> Any:
        is_asked = info.data.get("database") is not None
        known = "parquet" if is_asked else declared_format(info.data.get("path") or "", info.data.get("format"))
        fitting = _FORMATS_OF_OPTION.get(info.field_name or "", _DELIMITED)
        if value not in (None, 0) and known is not None and known not in fitting:
            raise refusal(f"no {info.field_name}: it belongs to {' and '.join(fitting)} files; these are {known}")
        return value

    @field_validator("thousands")
    @classmethod
    def _unlike_the_decimal_mark(cls, mark: str | None, info: ValidationInfo) -> str | None:
        if mark is not None and mark == (info.data.get("decimal") or "."):
            raise refusal("a mark other than the decimal mark")
        return mark

    @field_validator("header", "fill_down")
    @classmethod
    def _each_name_once(cls, names: tuple[str, ...] | None) -> tuple[str, ...] | None:
        times = Counter(name.casefold() for name in names or ())
        repeated = [name for name, count in times.items() if count > 1]
        if repeated:
            raise refusal("every name once", f"repeated: {', '.join(repeated)}")
        return names

    @field_validator("columns")
    @classmethod
    def _names_of_its_kind(cls, columns: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        refuse_all(_column_problems(info.data.get("kind"), columns))
        return columns

    @field_validator(*RULES, "currency", "duplicates", "orders_of")
    @classmethod
    def _only_of_transactions(cls, value: Any, info: ValidationInfo) -> Any:
        kind = info.data.get("kind", "transactions")
        if value is not None and kind != "transactions":
            raise refusal(f"no {info.field_name}: it belongs to transactions, this source holds {kind}")
        if value == "keep" and "line_id" in info.data.get("columns", ()):
            raise refusal("content: with a line_id two equal lines are one", "leave line_id out to keep both")
        return value

    @field_validator("delivery")
    @classmethod
    def _corrections_told_from_new_rows(cls, delivery: str, info: ValidationInfo) -> str:
        """Answers of one query overlap: a row that comes again, changed, must be known for the one it was."""
        if delivery != "append" or info.data.get("database") is None or "columns" not in info.data:
            return delivery
        wanted = ["line_id", "updated_at"] if info.data.get("kind") == "transactions" else ["updated_at"]
        missing = [name for name in wanted if name not in info.data["columns"]]
        if missing:
            needed = " and ".join(f"`{name}`" for name in missing)
            raise refusal(f"replace_file, or {needed} among the columns", "only they tell a changed row from a new one")
        return delivery

    @field_validator("questions", mode="wrap")
    @classmethod
    def _asked_and_answered(
        cls, value: Any, handler: ValidatorFunctionWrapHandler, info: ValidationInfo
    ) -> dict[str, Question]:
        if isinstance(value, Mapping) and info.data.get("kind", "surveys") != "surveys":
            refuse_all(_question_problems(info.data["kind"], {}, value))  # their own mistakes are beside the point
        problems = [*_repeated_ids(value), *_driver_problems(value)]
        questions: dict[str, Question] = validated_beside(value, handler, problems)
        refuse_all(problems)
        if "kind" in info.data and "columns" in info.data:
            refuse_all(_question_problems(info.data["kind"], info.data["columns"], questions))
        return questions


def declared_format(path: str, given: FileFormat | None = None) -> FileFormat | None:
    """The format given, else the one the path's ending names; None where only the content can tell.

    >>> declared_format("orders/*.csv.gz"), declared_format("sample.txt"), declared_format("a.txt", "tsv")
    ('csv', None, 'tsv')
    """
    if given is not None:
        return given
    endings = [ending[1:].lower() for ending in PurePath(path).suffixes if ending not in (".gz", ".zst")]
    known: tuple[FileFormat, ...] = get_args(FileFormat)
    return next((name for name in known if name in endings[-1:]), None)


def _column_problems(kind: SourceKind | None, columns: Mapping[str, str]) -> Problems:
    """What the kind refuses; of a source whose kind is not known, what every kind would."""
    known = CANONICAL_COLUMNS[kind] if kind else tuple(dict.fromkeys(chain(*CANONICAL_COLUMNS.values())))
    for name in REQUIRED_COLUMNS[kind] if kind else ():
        if name not in columns:
            mistyped = nearest(name, [column for column in columns if column not in known])
            hint = f"is it `{mistyped}`?" if mistyped else ""
            yield (), list(columns), refusal(f"`{name}`, which {kind} cannot do without", hint)
    for name in columns:
        if name not in known and kind not in (None, "surveys"):
            yield (name,), name, refusal(f"a canonical name of {kind}", did_you_mean(name, known))
        elif name not in known and (not SNAKE_CASE.fullmatch(name) or name in _NOT_A_DIMENSION):
            hint = "a survey's extra names become scopes" if SNAKE_CASE.fullmatch(name) else did_you_mean(name, known)
            yield (name,), name, refusal("a canonical name, or a snake_case name for a dimension of your own", hint)
    for one, other in _RIVALS:
        if one in columns and other in columns:
            yield (other,), columns[other], refusal(f"`{one}` or `{other}`, not both")


def _question_problems(kind: SourceKind, columns: Mapping[str, str], questions: Mapping[str, Any]) -> Problems:
    if kind != "surveys":
        if questions:
            yield (), list(questions), refusal(f"no questions: they belong to surveys, this source holds {kind}")
        return
    is_long = [name for name in ("question", "score") if name in columns]
    if is_long == ["question"]:
        yield (), list(columns), refusal("`score` among the columns", "`question` makes it a long file")
    if not questions:
        yield (), None, refusal("an entry per question that says its kind", "by column, or by the value in `question`")
    elif is_long == ["score"] and len(questions) > 1:
        one = refusal("one question, or `question` among the columns", "`score` makes it a long file")
        yield (), list(questions), one


def _repeated_ids(questions: Any) -> Problems:
    """Judged on the raw values: a question with other problems still repeats an id."""
    ids = _told(questions, "id")
    times = Counter(ids.values())
    for key, id_ in ids.items():
        if times[id_] > 1:
            yield (key,), id_, refusal("an id no other question of this source has")


def _driver_problems(questions: Any) -> Problems:
    """A driver is a part of an overall question of the same response, which is a part of none; judged on raw values."""
    ids, overalls = _told(questions, "id"), _told(questions, "driver_of")
    for key, overall in overalls.items():
        others = [id_ for other, id_ in ids.items() if other != key]
        of = next((overalls[other] for other, id_ in ids.items() if id_ == overall and other in overalls), None)
        if overall not in others:
            another = refusal("the id of another question of this source", did_you_mean(overall, others))
            yield (key, "driver_of"), overall, another
        elif of is not None:
            yield (key, "driver_of"), overall, refusal("a question that is no driver itself", f"it is one of `{of}`")


def _told(questions: Any, name: str) -> dict[str, str]:
    """What the questions say under that name, by their keys, as far as they do."""
    asked = questions if isinstance(questions, Mapping) else {}
    told = {
        key: question.get(name) if isinstance(question, Mapping) else getattr(question, name, None)
        for key, question in asked.items()
    }
    return {key: str(value).strip() for key, value in told.items() if value is not None}
