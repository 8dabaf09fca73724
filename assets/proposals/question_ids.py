"""Ids of questions: the words of their texts, and what the words of Chinese and Japanese questions mean."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from assets.proposals.names import words_of

_OF_A_GRID = 2  # words of a grid's question that its rows' names begin with
_MOST_WORDS = 3  # of a translated question
_LONGEST = 40  # characters of an id
_SAY_LITTLE: Final = {
    "a", "an", "and", "are", "at", "be", "do", "did", "does", "for", "from", "had", "has", "have", "how", "i", "in",
    "is", "it", "of", "on", "or", "our", "please", "that", "the", "this", "to", "us", "very", "was", "we", "were",
    "what", "which", "will", "with", "would", "you", "your",
}  # fmt: skip
"""Words that an id can do without."""
_MEANINGS: Final = {
    "推荐": "recommend", "推薦": "recommend", "勧め": "recommend", "薦め": "recommend", "추천": "recommend",
    "总体": "overall", "整体": "overall", "整體": "overall", "综合": "overall", "総合": "overall", "全体": "overall",
    "物流": "delivery", "配送": "delivery", "快递": "delivery", "发货": "delivery", "配達": "delivery",
    "送货": "delivery", "质量": "quality", "品质": "quality", "品質": "quality", "价格": "price", "価格": "price",
    "性价比": "value_for_money", "包装": "packaging", "梱包": "packaging", "客服": "support", "售后": "after_sales",
    "サポート": "support", "服务": "service", "服務": "service", "サービス": "service", "接客": "service",
    "态度": "attitude", "環境": "ambience", "环境": "ambience", "产品": "product", "商品": "product",
    "製品": "product", "店员": "staff", "员工": "staff", "スタッフ": "staff", "网站": "website", "サイト": "website",
    "退货": "returns", "返品": "returns", "支付": "payment", "付款": "payment", "速度": "speed", "口味": "taste",
    "味": "taste", "卫生": "cleanliness", "清潔": "cleanliness", "容易": "ease", "方便": "ease", "费力": "effort",
    "簡単": "ease", "满意": "satisfaction", "滿意": "satisfaction", "満足": "satisfaction", "만족": "satisfaction",
    "评分": "rating", "評価": "rating", "评价": "rating",
}  # fmt: skip
"""What the words of a question mean; where one stands within another the first of them is heard."""


def question_id(name: str) -> str:
    """A snake_case name for a question.

    >>> question_id("Q7 - All in all?"), question_id("总体满意度"), question_id("2、对物流速度是否满意？")
    ('q7_all_in_all', 'overall_satisfaction', 'delivery_speed_satisfaction')
    >>> question_id("How satisfied were you with your last order? [Delivery speed]")
    'how_satisfied_delivery_speed'
    >>> question_id("How likely are you to recommend us to a friend or colleague?")
    'recommend'
    >>> question_id("Overall, how satisfied or dissatisfied are you with our company?")
    'overall_satisfied_dissatisfied_company'
    """
    part = re.search(r"\[(.+)\]\s*$", name)  # a row of a grid, as forms write it
    words = [*words_of(name[: part.start()])[:_OF_A_GRID], *words_of(part[1])] if part else words_of(name)
    slug = _shortened([word for word in words if word.isascii()])
    if re.match(r"[a-z]", slug):
        return slug
    return _translated(part[1] if part else name) or f"question_{slug}".rstrip("_")


def _shortened(words: Sequence[str]) -> str:
    """The words of a name; of a long one those that carry its meaning, as many as an id holds, none of them cut."""
    if len(whole := "_".join(words)) <= _LONGEST:
        return whole
    if any(word.startswith("recommend") for word in words):
        return "recommend"
    kept: list[str] = []
    for word in [word for word in words if word not in _SAY_LITTLE] or words:
        if len("_".join((*kept, word))) > _LONGEST:
            break
        kept.append(word)
    return "_".join(kept) or whole[:_LONGEST].strip("_")


def _translated(text: str) -> str:
    """The meanings of the words that a text has, in the order of the text; empty where none is known."""
    found = {meaning: text.index(word) for word, meaning in reversed(_MEANINGS.items()) if word in text}
    if "recommend" in found:
        return "recommend"
    return "_".join(sorted(found, key=lambda meaning: found[meaning])[:_MOST_WORDS])
