"""Mistakes at the gates between layers: slopes forgotten, taken at the wrong place, doubled."""

from __future__ import annotations

from .mistake import Edit, Mistake

OF_SLOPES = (
    Mistake(
        "missing_slope",
        [Edit({"delta{l}": "dA{l}"})],
        {"en": "The slope of {gate} is missing{where}.", "zh": "{where}缺少 {gate} 的斜率。"},
        {
            "en": "{a} = {gate}({z}) moves by its slope for each unit of {z}: the chain rule "
            "multiplies by it.",
            "zh": "{z} 每变化一个单位，{a} = {gate}({z}) 就变化它的斜率那么多：链式法则要乘上它。",
        },
    ),
    Mistake(
        "slope_at_z",
        [
            Edit({"slope{l}": "slope({gate_here}, Z{l}, Z{l})"}),
            Edit({"slope{l}": "1 - exp(-Z{l})"}),  # softplus, whose slope in a is 1 - exp(-a)
        ],
        {
            "en": "The slope of {gate} is taken at z instead of a{where}.",
            "zh": "{where}{gate} 的斜率代入了 z，而不是 a。",
        },
        {
            "en": "written with the gate's output, the slope needs {a}, not {z}.",
            "zh": "用门的输出写成的斜率，要代入 {a}，而不是 {z}。",
        },
    ),
    Mistake(
        "slope_at_a",
        [Edit({"slope{l}": "slope({gate_here}, A{l}, gate({gate_here}, A{l}))"})],
        {
            "en": "The slope of {gate} is taken at a instead of z{where}: {gate} is applied twice.",
            "zh": "{where}{gate} 的斜率取在 a 处而不是 z 处：等于用了两次 {gate}。",
        },
        {
            "en": "the slope is wanted where the gate works, at its input {z}.",
            "zh": "需要的是门的输入 {z} 处的斜率。",
        },
    ),
    Mistake(
        "other_slope",
        [
            Edit({"slope{l}": "slope('{gate}', Z{l}, A{l})"}),
            Edit({"slope{l}": "slope('{gate}', Z{l}, gate('{gate}', Z{l}))"}),
            Edit({"slope{l}": "slope('{gate}', A{l}, gate('{gate}', A{l}))"}),
        ],
        {
            "en": "The slope of {other} stands where that of {gate} belongs{where}.",
            "zh": "{where}本应是 {gate} 的斜率，却用了 {other} 的。",
        },
        {
            "en": "the forward pass runs through {gate}, so the backward pass needs its slope.",
            "zh": "前向传播经过的是 {gate}，反向传播就要用它的斜率。",
        },
    ),
    Mistake(
        "slope_twice",
        [Edit({"delta{l}": "old * slope{l}"})],
        {
            "en": "The slope of {gate} is multiplied in twice{where}.",
            "zh": "{where}{gate} 的斜率乘了两次。",
        },
        {
            "en": "each gate on the way gives one factor.",
            "zh": "路径上的每个门只给出一个因子。",
        },
    ),
    Mistake(
        "slope_not_squared",
        [
            Edit({"slope{l}": "1 - A{l}"}),
            Edit({"slope{l}": "A{l}"}),
            Edit({"slope{l}": "A{l} * A{l}"}),
            Edit({"slope{l}": "1 + A{l} * A{l}"}),
            Edit({"slope{l}": "A{l} * (1 + A{l})"}),
            Edit({"slope{l}": "A{l} * (A{l} - 1)"}),
        ],
        {
            "en": "The slope of {gate} is written wrongly{where}.",
            "zh": "{where}{gate} 的斜率写错了。",
        },
        {
            "en": "differentiating {gate} gives the slope below, and nothing near it will do.",
            "zh": "对 {gate} 求导得到下面的斜率，相近的式子都不对。",
        },
    ),
    Mistake(
        "slope_of_upstream",
        [Edit({"slope{l}": "slope({gate_here}, dA{l}, dA{l})"})],
        {
            "en": "The slope of {gate} looks at the derivative that comes back{where}, not at z.",
            "zh": "{where}{gate} 的斜率看的是传回来的导数，而不是 z。",
        },
        {
            "en": "which slope a gate has was decided on the way forward, by {z}.",
            "zh": "门的斜率由前向传播时的 {z} 决定。",
        },
    ),
    Mistake(
        "slope_of_other_layer",
        [Edit({"slope{l}": "slope({gate_here}, Z{k}, A{k})"}, together=False)],
        {
            "en": "The slope of {gate}{where} is taken from layer {other}.",
            "zh": "{where}{gate} 的斜率取自第 {other} 层。",
        },
        {
            "en": "each layer's slope is taken at its own {a}.",
            "zh": "每一层的斜率要取在本层的 {a} 处。",
        },
    ),
    Mistake(
        "changed_in_place",
        [
            Edit({"slope{l}": "slope({gate_here}, Z{l}, R)"}, "output"),
            Edit({"data{l}": "slope{l-1}.T @ delta{l}"}, "above"),
            Edit({"data{l}": "(A{l-1} * slope{l-1}).T @ delta{l}"}, "above"),
        ],
        {
            "en": "An array was changed in place{where}: where a is needed, it has been "
            "overwritten.",
            "zh": "{where}数组被就地修改：需要 a 的地方，它已经被覆盖。",
        },
        {
            "en": "two names for one array (b = a) are one array; take a copy before changing it.",
            "zh": "一个数组的两个名字（b = a）仍是同一个数组；修改之前先复制。",
        },
    ),
    Mistake(
        "other_side_of_kink",
        [
            Edit({"slope{l}": f"at_kink({{gate_here}}, Z{{l}}, old, {slope})"})
            for slope in (1, 0.5, 0)
        ],
        {
            "en": "A kink, and no mistake: {gate}'s input is at it{where}, where another slope was "
            "chosen.",
            "zh": "这是折点，并不算错：{where}{gate} 的输入恰在折点上，选了另一侧的斜率。",
        },
        {
            "en": "a kink has no derivative; each slope between the two sides is as good. "
            "ClearProp's choice is in the table of gates.",
            "zh": "折点处没有导数，两侧斜率之间的任何值都可以。ClearProp 的取法见门的表。",
        },
    ),
)
