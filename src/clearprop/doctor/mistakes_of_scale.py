"""Mistakes of scale and sign: sums and means over samples, factors, the regulariser."""

from __future__ import annotations

from .mistake import Edit, Mistake


def times(formula: str, *, biases: bool = True) -> list[Edit]:
    """Return the ways to put a factor to a gradient: at the loss, to all, to some of it."""
    ways = [
        Edit({"dA{L}": formula}),
        Edit({"dW{l}": formula, "db{l}": formula}, alone=False),
        Edit({"data{l}": formula}),
        Edit({"dW{l}": formula}),
        Edit({"db{l}": formula}),
        Edit({"data{l}": formula, "db{l}": formula}),
        Edit({"dW{l}": formula, "db{l}": formula}, together=False),
        Edit({"delta{l}": formula}, "hidden", together=False),
    ]
    return [way for way in ways if biases or set(way.formulas) != {"db{l}"}]


OF_SCALE = (
    Mistake(
        "sum_for_mean",
        times("N * old"),
        {
            "en": "The division by N is missing{where}: the samples are added up, not averaged.",
            "zh": "{where}缺少除以 N：对样本求了和，而不是平均。",
        },
        {
            "en": "the loss is the mean over N samples, so each sample has 1/N of the gradient.",
            "zh": "loss 是 N 个样本的平均，所以每个样本只占梯度的 1/N。",
        },
        when="mean",
    ),
    Mistake(
        "mean_for_sum",
        times("old / N", biases=False),
        {
            "en": "It is divided by N{where}, but the loss is the sum over the samples.",
            "zh": "{where}除以了 N，但 loss 是对样本求和。",
        },
        {
            "en": "the loss is the sum over the samples, so their gradients are added up as they "
            "are.",
            "zh": "loss 是对样本求和，各样本的梯度应直接相加。",
        },
        when="sum",
    ),
    Mistake(
        "wrong_sign",
        times("-old"),
        {"en": "The sign is turned round{where}.", "zh": "{where}符号反了。"},
        {
            "en": "the gradient points to where the loss grows; the minus belongs to the update.",
            "zh": "梯度指向 loss 增大的方向；负号属于参数更新那一步。",
        },
    ),
    Mistake(
        "divided_twice",
        times("old / N", biases=False),
        {
            "en": "It is divided by N twice{where}.",
            "zh": "{where}除以了两次 N。",
        },
        {
            "en": "the mean over N samples divides by N once: at the loss, or where samples are "
            "summed.",
            "zh": "N 个样本的平均只除以一次 N：在 loss 处除，或在对样本求和时除。",
        },
        when="mean",
    ),
    Mistake(
        "factor_two",
        times("2 * old"),
        {"en": "There is a factor 2 too many{where}.", "zh": "{where}多了一个因子 2。"},
        {
            "en": "half a square has the slope (a - y); a factor 2 belongs to a square without "
            "its half.",
            "zh": "½ 平方的斜率是 (a - y)；因子 2 属于不带 ½ 的平方。",
        },
    ),
    Mistake(
        "factor_half",
        times("0.5 * old"),
        {"en": "There is a factor ½ too many{where}.", "zh": "{where}多了一个因子 ½。"},
        {
            "en": "the ½ before a square goes away when it is differentiated.",
            "zh": "平方前的 ½ 在求导时与 2 抵消。",
        },
    ),
    Mistake(
        "mean_over_outputs",
        [Edit({"dA{L}": "old / n_outputs"}), Edit({"dA{L}": "2 * old / n_outputs"})],
        {
            "en": "It is averaged over the outputs as well, but the loss adds them up.",
            "zh": "对输出也求了平均，但 loss 是把各输出相加。",
        },
        {
            "en": "the mean is over the samples only; a sample's loss is a sum over its outputs.",
            "zh": "平均只对样本；一个样本的 loss 是各输出之和。",
        },
    ),
    Mistake(
        "times_outputs",
        times("n_outputs * old"),
        {
            "en": "There is a factor too many{where}: the number of outputs.",
            "zh": "{where}多了一个因子：输出的个数。",
        },
        {
            "en": "each output has a slope of its own; they are not counted again.",
            "zh": "每个输出有自己的斜率，不必再乘以个数。",
        },
    ),
    Mistake(
        "no_regulariser",
        [Edit({"penalty{l}": "0 * old"})],
        {
            "en": "The regulariser's l2·W is missing{where}.",
            "zh": "{where}缺少正则项的 l2·W。",
        },
        {
            "en": "the loss holds l2/2 · ΣW², whose slope by W is l2 · W.",
            "zh": "loss 含有 l2/2 · ΣW²，它对 W 的斜率是 l2 · W。",
        },
    ),
    Mistake(
        "regulariser_doubled",
        [Edit({"penalty{l}": "2 * old"})],
        {
            "en": "The regulariser's gradient is twice too large{where}: its ½ is forgotten.",
            "zh": "{where}正则项的梯度大了一倍：忘了它的 ½。",
        },
        {
            "en": "the loss holds l2/2 · ΣW², whose slope is l2 · W, not 2 · l2 · W.",
            "zh": "loss 含有 l2/2 · ΣW²，斜率是 l2 · W，不是 2 · l2 · W。",
        },
    ),
    Mistake(
        "regulariser_halved",
        [Edit({"penalty{l}": "0.5 * old"})],
        {
            "en": "The regulariser's gradient is halved{where}.",
            "zh": "{where}正则项的梯度少了一半。",
        },
        {
            "en": "the ½ of l2/2 · ΣW² goes away when the square is differentiated.",
            "zh": "l2/2 · ΣW² 中的 ½ 在求导时与 2 抵消。",
        },
    ),
    Mistake(
        "regulariser_averaged",
        [Edit({"penalty{l}": "old / N"})],
        {
            "en": "The regulariser's gradient is divided by N{where}.",
            "zh": "{where}正则项的梯度除以了 N。",
        },
        {
            "en": "l2/2 · ΣW² is added once, beside the samples: it is no part of their mean.",
            "zh": "l2/2 · ΣW² 只加一次，不在样本的平均之内。",
        },
    ),
    Mistake(
        "regulariser_per_sample",
        [Edit({"penalty{l}": "N * old"})],
        {
            "en": "The regulariser's gradient is added once for each sample{where}.",
            "zh": "{where}正则项的梯度对每个样本都加了一次。",
        },
        {
            "en": "l2/2 · ΣW² is added once, beside the samples.",
            "zh": "l2/2 · ΣW² 只加一次，与样本无关。",
        },
    ),
    Mistake(
        "regulariser_sign",
        [Edit({"penalty{l}": "-old"})],
        {
            "en": "The regulariser is subtracted{where}.",
            "zh": "{where}正则项被减去了。",
        },
        {
            "en": "the loss adds l2/2 · ΣW², so the gradient adds l2 · W.",
            "zh": "loss 加上 l2/2 · ΣW²，所以梯度加上 l2 · W。",
        },
    ),
    Mistake(
        "regulariser_on_biases",
        [Edit({"db{l}": "old + l2 * b{l}"})],
        {
            "en": "The regulariser is on the biases too{where}.",
            "zh": "{where}正则项也加到了偏置上。",
        },
        {
            "en": "the loss holds l2/2 · ΣW² of the weights; biases are not in it.",
            "zh": "loss 中只有权重的 l2/2 · ΣW²，不含偏置。",
        },
    ),
    Mistake(
        "regulariser_not_in_loss",
        [Edit({"dW{l}": "old + eta * W{l}"})],
        {
            "en": "There is a regulariser ({eta}·W) in {arrays}, but none in the loss.",
            "zh": "{arrays} 含有正则项（{eta}·W），而 loss 中没有。",
        },
        {
            "en": "the gradient is that of the loss: add l2/2 · ΣW² there too, or leave it out.",
            "zh": "梯度要与 loss 一致：在 loss 中也加上 l2/2 · ΣW²，或者都不要。",
        },
        when="no l2",
    ),
    Mistake(
        "regulariser_of_squares",
        [Edit({"penalty{l}": "l2 * W{l} * W{l}"}), Edit({"penalty{l}": "0.5 * l2 * W{l} * W{l}"})],
        {
            "en": "The regulariser's value stands where its slope belongs{where}.",
            "zh": "{where}本应是正则项的斜率，却用了它的值。",
        },
        {
            "en": "the slope of l2/2 · W² by W is l2 · W.",
            "zh": "l2/2 · W² 对 W 的斜率是 l2 · W。",
        },
    ),
)
