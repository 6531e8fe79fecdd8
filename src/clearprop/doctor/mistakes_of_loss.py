"""Mistakes at the loss: its slope, its targets, its softmax."""

from __future__ import annotations

from .mistake import Edit, Mistake

OF_LOSS = (
    Mistake(
        "targets_forgotten",
        [Edit({"R": "P"}), Edit({"R": "A{L}"})],
        {
            "en": "The targets are not subtracted: p stands where p - y belongs.",
            "zh": "没有减去目标：本应是 p - y，却用了 p。",
        },
        {
            "en": "the loss falls as the right output grows; p - y is negative there.",
            "zh": "正确输出越大 loss 越小；p - y 在那里为负。",
        },
    ),
    Mistake(
        "slope_again_at_output",
        [
            Edit({"R": "old * P * (1 - P)"}),
            Edit({"R": "old * A{L} * (1 - A{L})"}),
        ],
        {
            "en": "The slope p(1 - p) is multiplied in once more at the output.",
            "zh": "在输出处又乘了一次 p(1 - p)。",
        },
        {
            "en": "p - y is the slope of loss and softmax (or sigmoid) together, by the score "
            "itself.",
            "zh": "p - y 已经是 loss 与 softmax（或 sigmoid）合在一起对得分的斜率。",
        },
    ),
    Mistake(
        "other_loss",
        [Edit({"R": "loss_slope('{loss}', A{L}, Y)"})],
        {
            "en": "This is the gradient of another loss: {other}.",
            "zh": "这是另一个损失的梯度：{other}。",
        },
        {
            "en": "the backward pass starts from the slope of the loss that is minimised.",
            "zh": "反向传播要从所最小化的那个损失的斜率开始。",
        },
    ),
    Mistake(
        "loss_of_probabilities",
        [
            Edit({"R": "-Y / P"}),
            Edit({"R": "-Y * (1 - P)"}),
            Edit({"R": "old * Y"}),
            Edit({"R": "P * ((P - Y) - row_sums((P - Y) * P))"}),
        ],
        {
            "en": "Only a part of softmax is differentiated: each score moves every probability.",
            "zh": "softmax 只求了一部分导数：每个得分都影响所有概率。",
        },
        {
            "en": "through all the probabilities together the slope by the scores is p - y.",
            "zh": "经过全部概率，loss 对得分的斜率是 p - y。",
        },
    ),
    Mistake(
        "targets_shifted",
        [
            Edit({"R": "loss_slope({loss_here}, A{L}, roll(Y, 1))"}),
            Edit({"R": "loss_slope({loss_here}, A{L}, roll(Y, -1))"}),
        ],
        {
            "en": "The targets are off by one: the neighbouring class is taken for the right one.",
            "zh": "目标错了一位：把相邻的类别当成了正确类别。",
        },
        {
            "en": "classes are counted from 0, as columns are.",
            "zh": "类别与列一样从 0 开始数。",
        },
    ),
    Mistake(
        "targets_transposed",
        [
            Edit({"R": "P - Y.T"}),
            Edit({"R": "P - like(Y.T, Y)"}),
            Edit({"R": "loss_slope({loss_here}, A{L}, Y.T)"}),
            Edit({"R": "loss_slope({loss_here}, A{L}, like(Y.T, Y))"}),
        ],
        {
            "en": "The one-hot targets are transposed.",
            "zh": "one-hot 目标被转置了。",
        },
        {
            "en": "y has a row for each sample and a column for each output, as the scores have.",
            "zh": "y 的每一行是一个样本，每一列是一个输出，与得分相同。",
        },
    ),
    Mistake(
        "softmax_axis",
        [
            Edit({"R": "softmax(A{L}, 0) - Y"}),
            Edit({"R": "softmax(A{L}) - Y"}),
            Edit({"R": "shifted(A{L}) / fill(column_sums(shifted(A{L})), Y) - Y"}),
            Edit({"R": "shifted(A{L}) / fill(sum(shifted(A{L})), Y) - Y"}),
        ],
        {
            "en": "The softmax is taken over the samples, not over the outputs of each.",
            "zh": "softmax 沿样本方向计算了，而不是沿每个样本的输出。",
        },
        {
            "en": "each sample's probabilities add up to 1: the sum runs along its row (axis=1).",
            "zh": "每个样本的概率之和为 1：求和沿它自己的那一行（axis=1）。",
        },
    ),
    Mistake(
        "hinge_count",
        [
            Edit({"R": "V"}),
            Edit({"R": "V - Y"}),
            Edit({"R": "V - Y * positive(row_sums(V))"}),
        ],
        {
            "en": "The right class's score lacks the count of the margins that are violated.",
            "zh": "正确类别的得分缺少被违反的间隔的个数。",
        },
        {
            "en": "each wrong class within the margin pulls the right score up by 1: its slope is "
            "minus their number.",
            "zh": "每个落在间隔内的错误类别都把正确得分往上拉 1：它的斜率是负的个数。",
        },
    ),
    Mistake(
        "slope_without_size",
        [Edit({"R": "one_signed(old)"})],
        {
            "en": "Only the sign of the loss's slope is used.",
            "zh": "只用了 loss 斜率的符号。",
        },
        {
            "en": "the size says how far the output is from its target.",
            "zh": "大小表示输出离目标有多远。",
        },
    ),
)
