"""What the training doctor says in Chinese: templates of figures, advice and place."""

from __future__ import annotations

from collections.abc import Mapping

from .saying import Words

CHINESE: Mapping[str, Words] = {
    "not_finite": Words(
        "出现 NaN 或无穷大",
        "第 {epoch} 轮中 {what} 变为 {value}（{where}）",
        "把输入标准化，或用更小的初始权重",
        {
            "rate": (
                "第 {epoch} 轮中 {what} 变为 {value}（{where}）：步子太长",
                "取 learning_rate={learning_rate}（可降到 {reaches}）",
            ),
            "targets": (
                "第 {epoch} 轮中 {what} 变为 {value}（{where}）：目标值太大",
                "把目标值除以 {divide_targets_by}",
            ),
        },
    ),
    "symmetric_weights": Words(
        "神经元彼此相同",
        "第 {layer} 层的 {neurons} 个神经元中有 {twins} 个与另一个权重相同；它们得到相同的梯度，"
        "永远保持相同",
        "随机初始化权重：initializer={initializer!r}",
        {
            "zero": (
                "第 {layer} 层的 {neurons} 个神经元，输入和输出权重全为 0；它们得到相同的梯度，永"
                "远保持相同",
                "随机初始化权重：initializer={initializer!r}",
            )
        },
    ),
    "unscaled_inputs": Words(
        "输入没有标准化",
        "",
        "",
        {
            "large": (
                "输入 {input} 的均值为 {mean}，标准差为 {std}；若输入均值为 0、标准差为 1，同样的"
                "训练在 "
                "{trial_epochs} 轮后 loss 为 {reaches}，而不是 {loss}",
                "把每一列标准化：减去均值（{mean}），除以标准差（{std}）",
            ),
            "small": (
                "最大的输入 {input} 均值只有 {mean}，标准差只有 {std}；若输入均值为 0、标准差为 1"
                "，同样的训练在 "
                "{trial_epochs} 轮后 loss 为 {reaches}，而不是 {loss}",
                "把每一列标准化：减去均值（{mean}），除以标准差（{std}）",
            ),
            "untried": (
                "输入 {input} 的均值为 {mean}，标准差为 {std}，与 0 和 1 相去甚远",
                "把每一列标准化：减去均值（{mean}），除以标准差（{std}）",
            ),
        },
    ),
    "exploding_gradients": Words(
        "梯度爆炸",
        "反向经过 {layers} 层，loss 的斜率增大到 {ratio} 倍：每层约乘以 {each}",
        "用更小的初始权重：initializer={initializer!r}",
    ),
    "fading_gradients": Words(
        "梯度消失",
        "反向经过 {layers} 层，loss 的斜率缩小到原来的 {ratio}：每层约乘以 {each}，第一层几乎学不"
        "到东西",
        "{change}，或减少层数",
    ),
    "saturated_neurons": Words(
        "神经元饱和",
        "第 {layer} 层的值有 {share_percent} 落在 {gate} 的平坦两端，那里几乎没有梯度传回",
        "用更小的初始权重（标准差 {wanted}），或更小的学习率",
        {
            "start": (
                "训练之前，第 {layer} 层的值已有 {share_percent} 落在 {gate} 的平坦两端，那里几乎"
                "没有梯度传回："
                "权重的标准差为 {std}",
                "用更小的初始权重：initializer={initializer!r} 的标准差为 {wanted}",
            ),
            "later": (
                "训练结束时，第 {layer} 层的值有 {share_percent} 落在 {gate} 的平坦两端（训练前 "
                "{before_percent}），那里几乎没有梯度传回",
                "取更小的学习率，或大于 0 的 l2",
            ),
        },
    ),
    "dead_neurons": Words(
        "死亡神经元",
        "第 {layer} 层（{gate}）的 {neurons} 个神经元中有 {dead} 个在所有样本上斜率都为 0：它们对"
        "一切输入给出相同的值，"
        "不再学习",
        "改用 activation={activation!r}，或取更小的学习率",
        {
            "start": (
                "第 {layer} 层（{gate}）的 {neurons} 个神经元中有 {dead} 个在所有样本上斜率都为 0"
                "，其中 {at_start} "
                "个在训练之前就是如此：它们对一切输入给出相同的值，无法学习",
                "用 initializer={initializer!r} 和为 0 的偏置初始化，或改用 activation="
                "{activation!r}",
            ),
            "later": (
                "第 {layer} 层（{gate}）的 {neurons} 个神经元中有 {dead} 个在所有样本上斜率都为 0"
                "（训练前 {at_start} "
                "个）：它们对一切输入给出相同的值，不再学习",
                "取更小的学习率，或改用 activation={activation!r}",
            ),
        },
    ),
    "rate_too_high": Words(
        "学习率过大",
        "",
        "",
        {
            "swings": (
                "大约从第 {since} 轮起，loss 在 {low} 与 {high} 之间摆动：学习率 {rate} 大于 "
                "{factor}/{sharpness} = "
                "{limit}，超过后该 loss 不再稳定（尖锐度在结束处为 {last}，在训练所环绕的极小点为 "
                "{sharpness}）",
                "取 learning_rate={learning_rate}（可降到 {reaches}）",
            ),
            "above": (
                "学习率 {rate} 大于 {factor}/{sharpness} = {limit}，超过后该 loss 不再稳定；loss "
                "为 {loss}",
                "取 learning_rate={learning_rate}（{trial_epochs} 轮后可降到 {reaches}）",
            ),
            "tried": (
                "学习率为 {rate} 时，{trial_epochs} 轮后 loss 为 {loss}；为 {learning_rate} 时是 "
                "{reaches}",
                "取 learning_rate={learning_rate}",
            ),
        },
    ),
    "rate_too_low": Words(
        "学习率过小",
        "",
        "",
        {
            "stable": (
                "步子可以放大到 {times} 倍：不超过 {factor}/{sharpness} = {limit} 都是稳定的，而"
                "学习率是 {rate}；"
                "{trial_epochs} 轮后 loss 为 {loss}",
                "取 learning_rate={learning_rate}（同样多轮可降到 {reaches}）",
            ),
            "usual": (
                "学习率 {rate} 远低于该优化器的常用值 {limit}；{trial_epochs} 轮后 loss 为 {loss}",
                "取 learning_rate={learning_rate}（同样多轮可降到 {reaches}）",
            ),
        },
    ),
    "class_imbalance": Words(
        "少数类被忽略",
        "类别 {label} 有 {rare} 行，类别 {most} 有 {common} 行；类别 {label} 只有 "
        "{recall_percent} 答对，而总体答对 "
        "{accuracy_percent}",
        "给类别 {label} 的每一行 sample_weight={sample_weight}，类别 {most} 的每一行 {others}",
    ),
    "overfitting": Words(
        "过拟合",
        "",
        "",
        {
            "curve": (
                "验证集 loss 在第 {epoch} 轮后最低，为 {best}，结束时为 {end}，高出 "
                "{rise_percent}，而训练集 loss 为 "
                "{train}",
                "在那里停止（epochs={epochs}），或取 l2={l2}，或增加数据",
            ),
            "gap": (
                "在训练过的行上 loss 为 {train}，在其他行上为 {end}：学到的东西有 {rise_percent} "
                "不能推广",
                "取 l2={l2}，或更小的网络，或增加数据",
            ),
        },
    ),
    "underfitting": Words(
        "欠拟合",
        "",
        "",
        {
            "size": (
                "网络太小：验证集 loss 为 {end}（训练集 {train}），用 {layers_text} 时为 {best}",
                "取 layers={layers_text}",
            ),
            "penalty": (
                "惩罚项 l2={l2_now} 束缚了网络：验证集 loss 为 {end}（训练集 {train}），取 l2="
                "{l2} 时为 {best}",
                "取 l2={l2}",
            ),
        },
    ),
    "still_falling": Words(
        "loss 仍在下降",
        "最后十分之一的训练完成了整个下降量的 {share_percent}；loss 为 {loss}",
        "训练更久：epochs={epochs}",
    ),
}

ABOUT: Mapping[str, tuple[str, str]] = {
    "not_finite": (
        "第一个 NaN 或无穷大的值",
        "该精度能表示的最大数（IEEE 754）",
    ),
    "symmetric_weights": (
        "隐藏层中输入、输出权重都与另一个神经元相同的神经元所占的比例",
        "权重相同的神经元得到相同的梯度，永远相同（Goodfellow, Bengio & Courville, Deep Learning, "
        "2016, 8.4 节）；达到一层的一半就不是偶然",
    ),
    "unscaled_inputs": (
        "最大输入的均方根",
        "输入应均值为 0、方差为 1（LeCun, Bottou, Orr & Müller, Efficient BackProp, 1998, 4.3 节"
        "），容许相差 10 倍；只有标准化后同样的训练多消除常数答案 loss 的 10 % 才算",
    ),
    "exploding_gradients": (
        "第一层与最后一层 loss 对 z 的斜率之比（均方根）",
        "各层斜率应大小相同（Glorot & Bengio, AISTATS 2010, 4.2 节），容许相差 1,000 倍",
    ),
    "fading_gradients": (
        "第一层与最后一层 loss 对 z 的斜率之比（均方根）",
        "各层斜率应大小相同（Glorot & Bengio, AISTATS 2010, 4.2 节），容许相差 1,000 倍",
    ),
    "saturated_neurons": (
        "一层中门的斜率低于其最大斜率 5 % 的值所占的比例",
        "饱和的门几乎不传回梯度（Glorot & Bengio, AISTATS 2010, 第 3 节；LeCun et al., Efficient "
        "BackProp, 1998, 4.4 节）；阈值为一层的一半",
    ),
    "dead_neurons": (
        "一层中在所有样本上斜率都为 0 的神经元所占的比例",
        "学习率过大时“可能有 40 % 的网络死亡”（Karpathy, CS231n 讲义, Neural networks part 1）",
    ),
    "rate_too_high": (
        "学习率",
        "2/尖锐度，动量为 β 时是 (2 + 2β)/尖锐度：超过它梯度下降会离开极小点（Polyak 1987, 1.4 节"
        "；Cohen et al., ICLR 2021）；并用更小的学习率试过（Bengio, Practical recommendations, "
        "2012, 3.1.1 节）",
    ),
    "rate_too_low": (
        "学习率",
        "最好的学习率通常与最大的稳定学习率相差不到 2 倍（Bengio, Practical recommendations, "
        "2012, 3.1.1 节）：取它或优化器常用值的十分之一；并用更大的学习率试过",
    ),
    "class_imbalance": (
        "最少的类别与最多的类别的行数之比",
        "占 20 % 或更少属于中度不平衡（Google, Machine Learning Crash Course, Imbalanced data）；"
        "只有该类别大多答错才算",
    ),
    "overfitting": (
        "验证集 loss 结束时比最小值高出多少",
        "泛化损失超过 5 %（Prechelt, Early stopping - but when?, 1998：GL5），并超过两个标准误差",
    ),
    "underfitting": (
        "这次训练学到的，与更大的网络或更小的惩罚项学到的之比",
        "在验证集上试出：四分之三，并超过三个标准误差（医生自己的标准；含义见 Goodfellow et al., "
        "2016, 5.2 节）",
    ),
    "still_falling": (
        "最后十分之一的训练在整个下降量中所占的比例",
        "匀速下降为 0.1，已完成为 0；0.03 时指数衰减即将完成 95 %（医生自己的标准）",
    ),
}
"""What is measured, and where the threshold comes from, where the table says it in English."""
