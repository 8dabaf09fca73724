"""Wording of why a model is the published one."""

from __future__ import annotations

REASONS: dict[str, tuple[str, str]] = {
    "why.rule_named": ("The naive rule is named in the configuration.", "配置指定使用朴素规则。"),
    "why.rule_for_want_of_past": (
        "There is too little past to learn and judge anything better, so the naive rule is published.",
        "历史数据过少，尚无法学习并检验更好的模型，故采用朴素规则。",
    ),
    "why.named_past_too_small": (
        "The configuration names the {model}, but the past is too small to learn it.",
        "配置指定{model}，但历史数据过少，无法学习。",
    ),
    "why.named_nobody_apart": (
        "The configuration names the {model}, but the covariates tell no customers apart.",
        "配置指定{model}，但协变量无法区分任何客户。",
    ),
    "why.named": ("The configuration names the {model}.", "配置指定{model}。"),
    "why.named_judged": (
        "The configuration names the {model}; over {dates}, {figures}.",
        "配置指定{model}；在 {dates}上，{figures}。",
    ),
    "why.beat_rule": (
        "The {model} beat the naive rule out of time: over {dates}, {figures}.",
        "{model}在跨时间检验中胜过朴素规则：在 {dates}上，{figures}。",
    ),
    "why.none_better": (
        "No model was distinguishably better than the naive rule out of time. The nearest is the {model}: over "
        "{dates}, {figures}.",
        "跨时间检验中没有模型明显优于朴素规则。最接近的是{model}：在 {dates}上，{figures}。",
    ),
    "why.fallback": (
        "From {day} on the {model} lost to the naive rule, at the last {losses} that came due, so the rule is "
        "published.",
        "自{day}起，{model}在最近到期的{losses}上均不及朴素规则，故采用规则。",
    ),
    "why.figures": (
        "{gain}, and its log loss was {log_loss} against the rule’s {rule}",
        "{gain}，对数损失为 {log_loss}，规则为 {rule}",
    ),
    "why.gain": (
        "its ROC-AUC was {gain} above the rule’s (95% interval of the difference {low} to {high})",
        "其 ROC-AUC 比规则高 {gain}（差值的 95% 区间 {low} 至 {high}）",
    ),
    "why.loss": (
        "its ROC-AUC was {gain} below the rule’s (95% interval of the difference {low} to {high})",
        "其 ROC-AUC 比规则低 {gain}（差值的 95% 区间 {low} 至 {high}）",
    ),
    "why.no_auc": ("all customers did the same, so there is no ROC-AUC", "全部客户结果相同，故无 ROC-AUC"),
    "why.best": (
        "It did best out of time{over}; mean rank over all metrics, 1 the best: {best}{against}.",
        "跨时间检验中表现最佳{over}；各项度量的平均名次（1 为最佳）：{best}{against}。",
    ),
    "why.best_over": (
        " over {days} days, as far as the past reaches",
        "（历史所及，以 {days} 天评判）",
    ),
    "why.best_against": (", against {others}", "，其他为{others}"),
    "why.first_of_ladder": (
        "There is too little past to judge any model, so the first that can be fitted is used.",
        "历史数据过少，无法评判任何模型，故采用首个可拟合的模型。",
    ),
    "why.not_certified": (
        "The fit of the {model} cannot be trusted: {lack}.",
        "{model}的拟合不可采信：{lack}。",
    ),
    "why.lacks_boundary": (
        "{parameters} ran to the boundary",
        "参数 {parameters} 趋于边界",
    ),
    "why.lacks_gradient": ("it did not come to rest at a maximum", "未收敛到极大值"),
    "why.lacks_hessian": ("the data do not tell its parameters apart", "数据不足以区分其各参数"),
    "why.lacks_starts": (
        "only {agreeing} of {starts} starts came to the same end",
        "{starts} 个起点中仅 {agreeing} 个得到相同结果",
    ),
    "why.nobody_apart": (
        "The {model} is left out: the covariates tell no customers apart.",
        "{model}未参与：协变量无法区分任何客户。",
    ),
}
