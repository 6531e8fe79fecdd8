"""Mistakes on the way between layers: weights, transposes, paths left out, wrong arrays."""

from __future__ import annotations

from .mistake import Edit, Mistake

OF_PATHS = (
    Mistake(
        "weights_not_transposed",
        [
            Edit({"dA{l-1}": "delta{l} @ W{l}"}, "above"),
            Edit({"dA{l-1}": "delta{l} @ reshaped(W{l})"}, "above"),
        ],
        {
            "en": "W is not transposed on the way back{where}.",
            "zh": "{where}反向经过 W 时没有转置。",
        },
        {
            "en": "forward, W[i,j] leads from neuron i to j; back, from j to i: that is Wᵀ "
            "(reshape does not turn an array round).",
            "zh": "前向时 W[i,j] 从神经元 i 到 j；反向从 j 到 i，即 Wᵀ（reshape 不是转置）。",
        },
    ),
    Mistake(
        "gradient_transposed",
        [
            Edit({"data{l}": "(delta{l}).T @ A{l-1}"}),
            Edit({"dW{l}": "(old).T"}),
            Edit({"data{l}": "reshaped(old.T)"}),
            Edit({"dW{l}": "reshaped((old).T)"}),
        ],
        {
            "en": "The gradient is transposed{where}.",
            "zh": "{where}梯度被转置了。",
        },
        {
            "en": "dW has the shape of W: rows for what goes in, columns for what comes out.",
            "zh": "dW 与 W 形状相同：行对应输入，列对应输出。",
        },
    ),
    Mistake(
        "one_path",
        [Edit({"dA{l-1}": "column(delta{l}, {j}) @ column(W{l}, {j}).T"}, "above")],
        {
            "en": "Only the path through neuron {unit} is followed{where}.",
            "zh": "{where}只沿经过神经元 {unit} 的那条路径。",
        },
        {
            "en": "a neuron reaches the loss through every neuron that it feeds: the paths are "
            "added up (+=, not =).",
            "zh": "一个神经元经过它所连接的每个神经元影响 loss：各路径要相加（用 +=，不是 =）。",
        },
    ),
    Mistake(
        "wrong_input",
        [
            Edit({"data{l}": "Z{l-1}.T @ delta{l}"}, "above"),
            Edit({"data{l}": "A{k}.T @ delta{l}"}, together=False),
            Edit({"data{l}": "Z{k}.T @ delta{l}"}, together=False),
        ],
        {
            "en": "{arrays} is computed from the wrong array: not from what went into the layer.",
            "zh": "{arrays} 用错了数组：不是进入这一层的值。",
        },
        {
            "en": "a weight's slope is what it is multiplied by: the activation before it.",
            "zh": "权重的斜率就是与它相乘的那个数：它前面的激活值。",
        },
    ),
    Mistake(
        "updated_weights",
        [
            Edit({"dA{l-1}": "delta{l} @ (W{l} - eta * dW{l}).T"}, "above"),
            Edit({"dA{l-1}": "delta{l} @ (W{l} - eta * data{l}).T"}, "above"),
        ],
        {
            "en": "The weights are updated before they are used{where} (learning rate {eta}).",
            "zh": "{where}权重在用之前就已更新（学习率 {eta}）。",
        },
        {
            "en": "the gradient is taken where the forward pass was: with the weights of then.",
            "zh": "梯度要取在前向传播所在之处：用更新前的权重。",
        },
    ),
    Mistake(
        "weights_left_out",
        [
            Edit({"dA{l-1}": "delta{l}"}, "above"),
            Edit({"dA{l-1}": "fill(row_sums(delta{l}), A{l-1})"}, "above"),
        ],
        {
            "en": "The weights are left out on the way back{where}.",
            "zh": "{where}反向传播时漏掉了权重。",
        },
        {
            "en": "multiply swaps: what comes back through a weight is multiplied by it.",
            "zh": "乘法门交换：经过权重传回来的要乘以该权重。",
        },
    ),
    Mistake(
        "other_weights",
        [
            Edit({"dA{l-1}": "delta{l} @ W{k}.T"}, "above", together=False),
            Edit({"dA{l-1}": "delta{l} @ W{k}"}, "above", together=False),
        ],
        {
            "en": "The derivative goes back through W{other}, not through the layer's own "
            "weights{where}.",
            "zh": "{where}导数经 W{other} 传回，而不是经本层自己的权重。",
        },
        {
            "en": "it goes back along the wires on which the values came.",
            "zh": "导数沿着数值来时的连线传回。",
        },
    ),
    Mistake(
        "slope_before_weights",
        [
            Edit({"dA{l-1}": "(delta{l} * slope{l}) @ W{l}.T"}, "above"),
            Edit({"dA{l-1}": "dA{l} @ W{l}.T"}, "above"),
            Edit({"dA{l-1}": "A{l} @ W{l}.T"}, "above"),
        ],
        {
            "en": "The wrong array goes back through the weights{where}.",
            "zh": "{where}经权重传回的数组不对。",
        },
        {
            "en": "what goes back through W is the layer's delta, its slope included once.",
            "zh": "经 W 传回的是本层的 delta，斜率恰好乘一次。",
        },
    ),
    Mistake(
        "other_delta",
        [
            Edit({"data{l}": "A{l-1}.T @ delta{k}"}, together=False),
            Edit({"db{l}": "sum(delta{k}, 0)"}, together=False),
            Edit({"data{l}": "A{l-1}.T @ dA{l}"}),
            Edit({"db{l}": "sum(dA{l}, 0)"}),
        ],
        {
            "en": "{arrays} is computed from the wrong derivative, not from the layer's delta.",
            "zh": "{arrays} 用错了导数，不是本层的 delta。",
        },
        {
            "en": "W and b stand before the gate: their gradient needs delta, the derivative by z.",
            "zh": "W 和 b 在门之前：它们的梯度需要 delta，即对 z 的导数。",
        },
    ),
    Mistake(
        "no_gradient",
        [
            Edit({"dW{l}": "0 * old"}),
            Edit({"db{l}": "0 * old"}),
            Edit({"dW{l}": "0 * old", "db{l}": "0 * old"}),
            Edit({"dA{l-1}": "0 * old"}, "above", together=False),
        ],
        {
            "en": "The gradient is 0{where}: it is made, but never filled in.",
            "zh": "{where}梯度为 0：建好了数组，却没有填入。",
        },
        {
            "en": "every parameter on a way to the loss has a derivative.",
            "zh": "通往 loss 的路径上的每个参数都有导数。",
        },
    ),
)
