"""What the training doctor says in English: templates of figures, advice and place."""

from __future__ import annotations

from collections.abc import Mapping

from .saying import Words

ENGLISH: Mapping[str, Words] = {
    "not_finite": Words(
        "NaN or infinity",
        "in epoch {epoch} {what} became {value} ({where})",
        "scale the inputs, or begin with smaller weights",
        {
            "rate": (
                "in epoch {epoch} {what} became {value} ({where}): the steps are too long",
                "take learning_rate={learning_rate} (reaches {reaches})",
            ),
            "targets": (
                "in epoch {epoch} {what} became {value} ({where}): the targets are too large",
                "divide the targets by {divide_targets_by}",
            ),
        },
    ),
    "symmetric_weights": Words(
        "Neurons that are all alike",
        "in layer {layer} {twins} of {neurons} neurons have the weights of another neuron; they "
        "get "
        "the same gradient, and stay alike for ever",
        "draw the first weights: initializer={initializer!r}",
        {
            "zero": (
                "in layer {layer} all weights of the {neurons} neurons are 0, in and out; they get "
                "the same gradient, and stay alike for ever",
                "draw the first weights: initializer={initializer!r}",
            )
        },
    ),
    "unscaled_inputs": Words(
        "Unscaled inputs",
        "",
        "",
        {
            "large": (
                "input {input} has mean {mean} and standard deviation {std}; with inputs of mean 0 "
                "and deviation 1 the same run has a loss of {reaches} after {trial_epochs} epochs, "
                "not {loss}",
                "standardise each column: subtract its mean ({mean}), divide by its deviation "
                "({std})",
            ),
            "small": (
                "the largest input, {input}, has mean {mean} and standard deviation {std} only; "
                "with inputs of mean 0 and deviation 1 the same run has a loss of {reaches} after "
                "{trial_epochs} epochs, not {loss}",
                "standardise each column: subtract its mean ({mean}), divide by its deviation "
                "({std})",
            ),
            "untried": (
                "input {input} has mean {mean} and standard deviation {std}, far from 0 and 1",
                "standardise each column: subtract its mean ({mean}), divide by its deviation "
                "({std})",
            ),
        },
    ),
    "exploding_gradients": Words(
        "Exploding gradients",
        "on the way back through {layers} layers the loss's slopes grow {ratio} times: each layer "
        "multiplies them by about {each}",
        "begin with smaller weights: initializer={initializer!r}",
    ),
    "fading_gradients": Words(
        "Vanishing gradients",
        "on the way back through {layers} layers the loss's slopes shrink to {ratio} of their "
        "size: "
        "each layer multiplies them by about {each}, so the first layer hardly learns",
        "{change}, or take fewer layers",
    ),
    "saturated_neurons": Words(
        "Saturated neurons",
        "{share_percent} of the values of layer {layer} lie on the flat ends of {gate}, where next "
        "to nothing passes back",
        "begin with smaller weights (a standard deviation of {wanted}), or take a smaller learning "
        "rate",
        {
            "start": (
                "already before training {share_percent} of the values of layer {layer} lie on the "
                "flat ends of {gate}, where next to nothing passes back: its weights have a "
                "standard deviation of {std}",
                "begin with smaller weights: initializer={initializer!r} gives {wanted}",
            ),
            "later": (
                "at the end {share_percent} of the values of layer {layer} lie on the flat ends of "
                "{gate} ({before_percent} before training), where next to nothing passes back",
                "take a smaller learning rate, or an l2 above 0",
            ),
        },
    ),
    "dead_neurons": Words(
        "Dead neurons",
        "{dead} of the {neurons} neurons of layer {layer} ({gate}) have slope 0 on every sample: "
        "they answer the same to all, and learn no more",
        "take activation={activation!r}, or a smaller learning rate",
        {
            "start": (
                "{dead} of the {neurons} neurons of layer {layer} ({gate}) have slope 0 on every "
                "sample, {at_start} of them before training: they answer the same to all, and do "
                "not learn",
                "draw the first weights with initializer={initializer!r} and biases of 0, or take "
                "activation={activation!r}",
            ),
            "later": (
                "{dead} of the {neurons} neurons of layer {layer} ({gate}) have slope 0 on every "
                "sample ({at_start} before training): they answer the same to all, and learn no "
                "more",
                "take a smaller learning rate, or activation={activation!r}",
            ),
        },
    ),
    "rate_too_high": Words(
        "The learning rate is too high",
        "",
        "",
        {
            "swings": (
                "from about {unit} {since} the loss swings between {low} and {high}: the learning "
                "rate {rate} is above {factor}/{sharpness} = {limit}, where this loss stops being "
                "stable (the sharpness is {last} at the end, and {sharpness} at the minimum that "
                "the run circles)",
                "take learning_rate={learning_rate} (reaches {reaches})",
            ),
            "above": (
                "the learning rate {rate} is above {factor}/{sharpness} = {limit}, where this loss "
                "stops being stable; the loss is {loss}",
                "take learning_rate={learning_rate} (reaches {reaches} after {trial_epochs} "
                "{units})",
            ),
            "tried": (
                "with the learning rate {rate} the loss is {loss} after {trial_epochs} {units}; "
                "with {learning_rate} it is {reaches}",
                "take learning_rate={learning_rate}",
            ),
        },
    ),
    "rate_too_low": Words(
        "The learning rate is too low",
        "",
        "",
        {
            "stable": (
                "steps could be {times} times as long: up to {factor}/{sharpness} = {limit} they "
                "are "
                "stable, and the learning rate is {rate}; the loss is {loss} after {trial_epochs} "
                "{units}",
                "take learning_rate={learning_rate} (reaches {reaches} in as many {units})",
            ),
            "usual": (
                "the learning rate {rate} is far below this optimizer's usual {limit}; the loss is "
                "{loss} after {trial_epochs} {units}",
                "take learning_rate={learning_rate} (reaches {reaches} in as many {units})",
            ),
        },
    ),
    "class_imbalance": Words(
        "A rare class is overlooked",
        "class {label} has {rare} rows, class {most} has {common}; {recall_percent} of class "
        "{label} "
        "are answered right, though {accuracy_percent} of all are",
        "give each row of class {label} a sample_weight of {sample_weight}, each of class {most} "
        "{others}",
    ),
    "overfitting": Words(
        "Overfitting",
        "",
        "",
        {
            "curve": (
                "the validation loss was lowest after {unit} {epoch}, {best}, and is {end} at the "
                "end, {rise_percent} higher, while the training loss is {train}",
                "stop there (epochs={epochs}), or take l2={l2}, or more data",
            ),
            "gap": (
                "the loss is {train} on the rows learned from and {end} on others: {rise_percent} "
                "of "
                "what was learned does not carry over",
                "take l2={l2}, a smaller network, or more data",
            ),
        },
    ),
    "underfitting": Words(
        "Underfitting",
        "",
        "",
        {
            "size": (
                "the network is too small: the validation loss is {end} (training {train}), and "
                "{best} with {layers_text}",
                "take layers={layers_text}",
            ),
            "penalty": (
                "the penalty l2={l2_now} holds the network back: the validation loss is {end} "
                "(training {train}), and {best} with l2={l2}",
                "take l2={l2}",
            ),
        },
    ),
    "still_falling": Words(
        "The loss is still falling",
        "the last tenth of the {units} made {share_percent} of the whole fall; the loss is {loss}",
        "train longer: epochs={epochs}",
    ),
}
