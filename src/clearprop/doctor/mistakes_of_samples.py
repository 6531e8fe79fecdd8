"""Mistakes over samples: biases summed wrongly, samples overwritten or left out."""

from __future__ import annotations

from .mistake import Edit, Mistake


def _one_sample(index: int) -> list[Edit]:
    data = f"row(A{{l-1}}, {index}).T @ row(delta{{l}}, {index})"
    bias = f"sum(row(delta{{l}}, {index}), 0)"
    return [
        Edit({"data{l}": data, "db{l}": bias}, alone=False),
        Edit({"data{l}": f"N * ({data})", "db{l}": f"N * {bias}"}, alone=False),
        Edit({"data{l}": data}),
        Edit({"db{l}": bias}),
        Edit({"data{l}": data, "db{l}": bias}, together=False),
    ]


OF_SAMPLES = (
    Mistake(
        "bias_averaged",
        [Edit({"db{l}": "mean(delta{l}, 0)"})],
        {
            "en": "The samples are averaged{where}, not summed.",
            "zh": "{where}对样本求了平均，而不是求和。",
        },
        {
            "en": "delta holds all factors already; the bias adds its column up (a mean divides "
            "once more).",
            "zh": "delta 已包含全部因子；偏置只需把它的列相加（再平均就多除了一次）。",
        },
    ),
    Mistake(
        "bias_not_summed",
        [
            Edit({"db{l}": "delta{l}"}),
            Edit({"db{l}": "N * delta{l}"}),
        ],
        {
            "en": "The samples are not summed{where}.",
            "zh": "{where}没有对样本求和。",
        },
        {
            "en": "the same bias serves all samples: their derivatives are added up (axis=0).",
            "zh": "同一个偏置用于所有样本：它们的导数要相加（axis=0）。",
        },
    ),
    Mistake(
        "bias_axis",
        [Edit({"db{l}": "sum(delta{l}, 1)"}), Edit({"db{l}": "mean(delta{l}, 1)"})],
        {
            "en": "The sum runs over the wrong axis{where}.",
            "zh": "{where}沿错误的轴求了和。",
        },
        {
            "en": "samples are rows: the sum over them runs down the columns (axis=0).",
            "zh": "样本是行：对样本求和要沿列往下（axis=0）。",
        },
    ),
    Mistake(
        "bias_one_number",
        [
            Edit({"db{l}": "fill(sum(delta{l}), b{l})"}),
            Edit({"db{l}": "sum(delta{l})"}),
            Edit({"db{l}": "fill(mean(delta{l}), b{l})"}),
            Edit({"db{l}": "mean(delta{l})"}),
        ],
        {
            "en": "Everything is summed up{where}: one number for all neurons.",
            "zh": "{where}对全部元素求了和：所有神经元共用一个数。",
        },
        {
            "en": "each neuron has a bias of its own: sum over the samples only (axis=0).",
            "zh": "每个神经元有自己的偏置：只对样本求和（axis=0）。",
        },
    ),
    Mistake(
        "shared_bias_apart",
        [Edit({"db{l}": "sum(delta{l}, 0)"}), Edit({"db{l}": "mean(delta{l}, 0)"})],
        {
            "en": "There is a number for each neuron{where}, but the layer's neurons share one "
            "bias.",
            "zh": "{where}每个神经元各有一个数，但这一层的神经元共用一个偏置。",
        },
        {
            "en": "a bias that all neurons use gathers the derivatives of all: sum(delta), over "
            "samples and neurons.",
            "zh": "所有神经元共用的偏置要收集全部神经元的导数：sum(delta)，对样本和神经元都求和。",
        },
    ),
    Mistake(
        "last_sample_only",
        _one_sample(-1),
        {
            "en": "Only the last sample is left{where}: each one overwrites the one before.",
            "zh": "{where}只剩最后一个样本：后一个覆盖了前一个。",
        },
        {
            "en": "the samples' gradients are added up: += in the loop, not =.",
            "zh": "各样本的梯度要相加：循环里用 +=，不是 =。",
        },
    ),
    Mistake(
        "first_sample_only",
        _one_sample(0),
        {
            "en": "Only the first sample is used{where}.",
            "zh": "{where}只用了第一个样本。",
        },
        {
            "en": "the samples' gradients are added up: all of them.",
            "zh": "各样本的梯度要全部相加。",
        },
    ),
    Mistake(
        "last_batch",
        [
            Edit({"dA{L}": "short_batch(old, {B})"}),
            Edit({"dA{L}": "batch_means(old, {B})"}),
        ],
        {
            "en": "The last, shorter batch is weighed wrongly (batches of {other} rows).",
            "zh": "最后一个较短的批次权重不对（每批 {other} 行）。",
        },
        {
            "en": "each batch counts by the rows that it has; the last one has fewer: divide by "
            "len(batch), not by the batch size.",
            "zh": "每一批按它实际的行数计；最后一批更少：应除以 len(batch)，而不是批大小。",
        },
    ),
    Mistake(
        "last_batch_dropped",
        [Edit({"dA{L}": "whole_batches(old, {B})"})],
        {
            "en": "The rows after the last full batch are left out (batches of {other} rows).",
            "zh": "最后一个不满的批次被丢掉了（每批 {other} 行）。",
        },
        {
            "en": "every sample is in the loss, so each has its share in the gradient.",
            "zh": "每个样本都在 loss 里，梯度中也要有它的一份。",
        },
    ),
    Mistake(
        "sample_left_out",
        [Edit({"dA{L}": "without_row(old, 0)"}), Edit({"dA{L}": "without_row(old, -1)"})],
        {
            "en": "One sample is left out.",
            "zh": "漏掉了一个样本。",
        },
        {
            "en": "rows are counted from 0 to N - 1: range(N), not range(1, N) or range(N - 1).",
            "zh": "行从 0 数到 N - 1：用 range(N)，不是 range(1, N) 或 range(N - 1)。",
        },
    ),
    Mistake(
        "gradient_of_one",
        [
            Edit({"data{l}": "fill(mean(old), W{l})"}),
            Edit({"data{l}": "fill(sum(old), W{l})"}),
        ],
        {
            "en": "The gradient is one number for all weights{where}.",
            "zh": "{where}所有权重的梯度是同一个数。",
        },
        {
            "en": "each weight has a derivative of its own: Aᵀ · delta, a matrix product.",
            "zh": "每个权重有自己的导数：Aᵀ · delta，矩阵乘积。",
        },
    ),
    Mistake(
        "input_averaged",
        [
            Edit({"data{l}": "column_means(A{l-1}).T @ column_sums(delta{l})"}),
        ],
        {
            "en": "Sums over the samples are multiplied{where}, not the products summed.",
            "zh": "{where}先对样本求和再相乘，而不是先相乘再求和。",
        },
        {
            "en": "each sample's input belongs to its own delta: multiply first, then add up.",
            "zh": "每个样本的输入对应它自己的 delta：先相乘，再相加。",
        },
    ),
)
