"""``clearprop moons``: the tutorial's network, trained on two moons and drawn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import rich_click as click
from click.core import ParameterSource

from ..data import ClassTarget, Columns, NumberColumn, make_moons
from ..modelfile import History, save_model
from ..tables import LOSSES
from ..training import Progress, Result
from . import options
from .asked import RATE, Moons, draw, facts_of, right_answers, share_right
from .doctor import tell_diagnosis
from .failures import DONE, INTERRUPTED
from .options import NETWORK, OUTPUT, TRAINING, Layers, Number, RowType, check_output, option
from .running import described, ending, how_long, train_on_screen
from .screen import Screen, counted, duration, percent

EVERY = 1_000  # passes from one printed loss to the next
LOSSES_HERE = tuple(name for name, loss in LOSSES.items() if loss.targets != "value")

HELP = """
Train the tutorial's network on two moons, and draw what it learned.

The network has 2 inputs, 3 tanh neurons and 2 outputs; gradient descent goes 20,000 times over
200 points. The loss is printed as the tutorial prints it: the objective after a pass (with the
gradient summed: divided by the number of points). moons.png shows the decision boundary,
moons-loss.png the loss.

\b
Examples:
  clearprop moons
  clearprop moons --hidden 16,16 --activation relu --optimizer adam --passes 500
  clearprop moons --save moons.clearprop
  clearprop moons --compare 1,2,3,4,5,20,50
  clearprop moons --seeds 1000 --activation relu --passes 3000
"""
KEYS = (
    "network, samples, noise, seed, optimizer, learning_rate, l2, reduction, passes, stopped, "
    "engine, seconds, losses (a list of pass and loss), loss, right, accuracy, saved, "
    "diagnosis (healthy, findings, checked, unchecked, run), pictures; "
    "with --compare the list networks instead of those of one run; with --seeds that list (seed, "
    "loss, right, accuracy, passes, stopped of each), seconds, start, final (smallest, quartile, "
    "median, quartile, largest loss), bottom, reached_to, reached, stuck_above, stuck, diverged, "
    "passes_per_second"
)


class LossLines:
    """Prints the loss after every thousandth pass, and after the last."""

    def __init__(self, screen: Screen, asked: Moons, title: str) -> None:
        self.screen, self.asked, self.title = screen, asked, title
        self.rows: list[dict[str, Any]] = []
        self.width = max(6, len(f"{asked.passes - 1:,}"))
        self._next = 0

    def __call__(self, progress: Progress) -> None:
        """Print what is known by now: ``losses[i + 1]`` is the objective after pass i."""
        self.begin(progress.engine)
        while self._next + 1 < len(progress.losses):
            self._print(self._next, progress.losses[self._next + 1])
            self._next += EVERY

    def begin(self, engine: str) -> None:
        """Print the line above the losses, once."""
        if self.title:
            self.screen.line(f"  {self.title}, {engine} engine", "bold")
            self.title = ""

    def end(self, result: Result) -> None:
        """Print the loss after the last pass."""
        self.begin(result.engine)
        if result.epochs:
            self._print(result.epochs - 1, result.loss)

    def _print(self, number: int, objective: float) -> None:
        loss = objective / self.asked.shares
        self.rows.append({"pass": number, "loss": loss})
        self.screen.line(f"  pass {number:>{self.width},}   loss {loss:.6f}")


@click.command("moons", help=HELP)
@options.hidden("3")
@options.activation("tanh")
@option(
    NETWORK,
    "--loss",
    RowType(LOSSES, LOSSES_HERE),
    f"What is minimised, with the penalty --l2. There are: {', '.join(LOSSES_HERE)}; parameters "
    "in brackets, as in 'hinge(margin=2)'.",
    "softmax_cross_entropy",
)
@option(TRAINING, "--samples", Number(2, whole=True, most=10**7), "How many points there are.", 200)
@option(
    TRAINING,
    "--noise",
    Number(0),
    "How far the points lie off their moon (standard deviation; a moon has radius 1).",
    0.2,
)
@options.optimizer("gradient_descent")
@option(
    TRAINING,
    "--learning-rate",
    Number(0, above=True),
    f"How long a step is for a gradient of 1; by default {RATE}.",
)
@options.l2(0.01)
@option(
    TRAINING,
    "--passes",
    Number(1, whole=True, most=10**9),
    "How often to go over all points; each pass is one step.",
    20_000,
)
@option(
    TRAINING,
    "--reduction",
    click.Choice(["sum", "mean"]),
    "Whether the points' losses are added up, as the tutorial does, or averaged (which takes a "
    "longer --learning-rate).",
    "sum",
)
@options.seed("Decides the points and the first weights.")
@options.machine
@option(
    OUTPUT,
    "--compare",
    Layers(),
    "Train one network for each of these numbers of hidden neurons, such as 1,2,3,4,5,20,50, and "
    "draw all boundaries in one picture, moons-compare.png.",
)
@option(
    OUTPUT,
    "--seeds",
    Number(2, whole=True, most=10**6),
    "Train so many networks, which differ in the seed of their first weights (--seed, and those "
    "after it), and show how their final losses are spread, in moons-seeds.png, too.",
)
@option(
    OUTPUT,
    "--save",
    click.Path(path_type=Path),
    "Where to keep the network, for clearprop predict and clearprop export.",
    metavar="FILE.clearprop",
)
@option(
    OUTPUT,
    "--out",
    click.Path(exists=True, file_okay=False, writable=True, path_type=Path),
    "Where the pictures go; by default the current folder.",
    metavar="FOLDER",
)
@click.option("--no-plot", is_flag=True, panel=OUTPUT, help="Draw no pictures.")
@options.json(KEYS)
@options.quiet
@click.pass_context
def moons(ctx: click.Context, /, **given: Any) -> int:
    """Do what the command was asked for, and return the exit code."""
    optional = {"out": given["out"] or Path(), "compare": given["compare"] or ()}
    screen, asked = ctx.ensure_object(Screen), Moons(**given | optional)
    if asked.compare and ctx.get_parameter_source("hidden") is not ParameterSource.DEFAULT:
        raise click.UsageError("--compare says how many hidden neurons; leave out --hidden", ctx)
    if asked.compare and asked.seeds:
        raise click.UsageError(
            "--compare trains networks of several sizes, --seeds of one; leave out one of them", ctx
        )
    if asked.save and (asked.compare or asked.seeds):
        raise click.UsageError("--save keeps one network; leave out --compare and --seeds", ctx)
    check_output("--save", asked.save)
    X, y = make_moons(asked.samples, noise=asked.noise, random_state=asked.seed)
    if asked.seeds:
        from .seeds import many_seeds

        return many_seeds(screen, asked, asked.seeds, X, y)
    return (_compare if asked.compare else _one)(screen, asked, X, y)


def _one(screen: Screen, asked: Moons, X: Any, y: Any) -> int:
    """Train one network, print its losses, draw two pictures."""
    network = asked.network(asked.hidden)
    about = f"{described(network)}, {asked.samples:,} moons"
    lines = LossLines(screen, asked, f"{about}, {counted(network.n_parameters, 'parameter')}")
    result = train_on_screen(
        screen, network, X, y, unit="passes", shares=asked.shares, watch=lines, **asked.settings()
    )
    lines.end(result)
    right = right_answers(result.network, X, y)
    screen.line(f"  {how_long(result, asked.passes, 'pass')}; {share_right(right, len(y))}")
    screen.facts |= asked.facts() | facts_of(result, right, asked) | {"losses": lines.rows}
    _save(screen, asked, result)
    tell_diagnosis(screen, result, unit="pass", samples=asked.shares)
    code = ending(result, asked.rate)
    if code == DONE:
        draw(screen, asked, lambda: _pictures(asked, result, X, y))
    screen.document()
    return code


def _save(screen: Screen, asked: Moons, result: Result) -> None:
    """Keep the network, with its inputs called x1 and x2 and its two classes moon 0 and 1."""
    screen.facts["saved"] = None if asked.save is None else str(asked.save)
    if asked.save is None:
        return
    features = tuple(NumberColumn(name, 0.0, 1.0, 0.0) for name in ("x1", "x2"))
    history = History.of(
        result, learning_rate=asked.rate, l2=asked.l2, reduction=asked.reduction, seed=asked.seed
    )
    columns = Columns(features, ClassTarget("moon", (0, 1)))
    save_model(asked.save, result.network, columns=columns, history=history)
    kept = "" if result.trouble is None else " (the last finite weights)"
    screen.line(f"  saved: {asked.save}{kept}; clearprop predict {asked.save} NEW.csv uses it")


def _compare(screen: Screen, asked: Moons, X: Any, y: Any) -> int:
    """Train a network for each number of hidden neurons, and draw all in one picture."""
    results: list[Result] = []
    screen.facts |= asked.facts() | {"networks": []}
    shape = described(asked.network((1,))).replace("-1-", "-n-", 1)
    passes = counted(asked.passes, "pass")
    screen.line(f"  {shape}, {asked.samples:,} moons, {passes} for each n", "bold")
    screen.line(f"  {'n':>7}   {'loss':>8}   {'right':>7}   {'time':>7}", "dim")
    for neurons in asked.compare:
        result = train_on_screen(
            screen, asked.network((neurons,)), X, y, unit="passes", shares=asked.shares,
            **asked.settings(),
        )  # fmt: skip
        right = right_answers(result.network, X, y)
        screen.line(f"  {neurons:>7,}   {result.loss / asked.shares:>8.6f}   "
                    f"{percent(right, len(y)):>7}   {duration(result.seconds):>7}")  # fmt: skip
        screen.facts["networks"].append({"hidden": neurons} | facts_of(result, right, asked))
        code = ending(result, asked.rate)
        if code == INTERRUPTED:
            screen.line(f"  {how_long(result, asked.passes, 'pass')}")
            screen.document()
            return code
        results.append(result)
    draw(screen, asked, lambda: _panels(asked, results, X, y))
    screen.document()
    return DONE


def _pictures(asked: Moons, result: Result, X: Any, y: Any) -> list[Path]:
    from ..plots import plot_decision_boundary, plot_loss

    paths = [asked.out / "moons.png", asked.out / "moons-loss.png"]
    plot_decision_boundary(result.network, X, y, path=paths[0])
    plot_loss(np.append(result.losses, result.loss) / asked.shares, path=paths[1])
    return paths


def _panels(asked: Moons, results: list[Result], X: Any, y: Any) -> list[Path]:
    from ..plots import plot_boundaries

    path = asked.out / "moons-compare.png"
    panels = [
        (f"{counted(neurons, 'neuron')}", result)
        for neurons, result in zip(asked.compare, results, strict=True)
    ]
    losses = [result.loss / asked.shares for result in results]
    plot_boundaries(panels, X, y, losses=losses, path=path)
    return [path]
