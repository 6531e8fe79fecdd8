"""What the text views of all derivations have in common: the title, the samples, the end."""

from __future__ import annotations

from collections.abc import Iterator

from .derivation import Derivation, Subject
from .derivative_names import derivative_name, is_derivative, of_sample
from .figures import significant
from .layer_derivation import LayerDerivation
from .matrix_data import MatrixForm
from .matrix_text import beside
from .screen_lines import columns, pad, side_by_side, wrapped
from .words import network_in_words, say
from .writing import enough_digits, shares_line


class TextView:
    """Writes the parts that explanations of one number share."""

    def __init__(
        self, explained: Derivation | LayerDerivation, language: str, width: int, digits: int
    ) -> None:
        self.explained = explained
        self.language, self.width, self.digits = language, width, digits
        self.values = explained.values
        self.again = is_derivative(explained.result)  # this is a second derivative
        loss = explained.subject.kind == "network" and not self.again
        self.called = self.say("the loss") if loss else explained.result

    def say(self, template: str, **what: object) -> str:
        """Return a template in the view's language, filled in."""
        return say(self.language, template, **what)

    def number(self, value: float) -> str:
        """Return a number with the view's digits."""
        return significant(value, self.digits)

    def wrapped(self, text: str, indent: str = "        ") -> Iterator[str]:
        """Break a line at blanks where it is too long."""
        return wrapped(text, self.width, indent)

    def derivative(self, of: str, by: str) -> str:
        """Return a derivative's name: the total one with d, what has two steps with ∂."""
        return derivative_name(of, by) if self.again else f"d{of}/d{by}"

    @property
    def whole_slope(self) -> str:
        """The name of the derivative of the objective."""
        return self.derivative(self.explained.result, self.explained.wrt)

    @property
    def sample_slope(self) -> str:
        """The name of the derivative of the shown sample's own loss."""
        d = self.explained
        if len(d.shares) == 1 and not d.penalty:
            return self.whole_slope
        return self.derivative(of_sample(d.result, d.subject.sample + 1), d.wrt)

    def title(self) -> Iterator[str]:
        """Write the question, and what it is asked of."""
        d = self.explained
        question = self.say(
            "question", wrt=d.wrt, value=self.number(d.wrt_value), result=self.called
        )
        return side_by_side(question, self._about(d.subject), self.width)

    def _about(self, about: Subject) -> str:
        if about.kind != "network":
            return ""
        words = [network_in_words(self.language, about.layers, about.activations, about.loss)]
        if about.right:
            words.append(self.say("right", name=about.right))
        if about.n_samples > 1:
            words.append(self.say("sample", number=about.sample + 1, count=about.n_samples))
        return self.say("between").join(words)

    def together(self) -> Iterator[str]:
        """Put the samples' shares together, each times its weight, and add the penalty."""
        d, about = self.explained, self.explained.subject
        if len(d.shares) > 1:
            yield ""
            template = "weighted samples" if about.weights else "samples"
            yield self.say(template, count=len(d.shares), reduction=self.say(about.reduction))
            shares = shares_line(
                d.shares, about.weights, about.reduction, d.total - d.penalty, self.digits
            )
            yield from self.wrapped(f"  {shares}", "      ")
        if d.penalty:
            template = "penalty_2" if self.again else "penalty"
            words = self.say(template, l2=self.number(about.l2), wrt=d.wrt)
            yield f"  {words} = {self.number(d.penalty)}"
        if len(d.shares) > 1 or d.penalty:
            yield f"  {self.whole_slope} = {self.number(d.total)}"

    def matrix(self, form: MatrixForm | None) -> Iterator[str]:
        """Write the formula of the whole array that the number is in."""
        d = self.explained
        if form is not None:
            yield ""
            yield from beside(form, d.wrt, d.subject.n_samples, self.language, self.width)

    def end(self) -> Iterator[str]:
        """Write one step of gradient descent, if it was asked for, and the check."""
        d = self.explained
        update, check = self.say("update"), self.say("check")
        wide = max(columns(update), columns(check)) + 4
        if d.learning_rate is not None and d.updated is not None:
            digits, by = self.digits + 3, d.learning_rate
            count = enough_digits(
                lambda rounded: rounded(d.wrt_value) - by * rounded(d.total), d.updated, digits
            )
            before, total = significant(d.wrt_value, count), significant(d.total, count)
            total = f"({total})" if total.startswith("-") else total
            rate = significant(by, 15)
            text = (
                f"{pad(update, wide)}{d.wrt} - {rate}·{self.whole_slope} = {before} - "
                f"{rate}·{total} = {significant(d.updated, digits)}"
            )
            yield from self.wrapped(text, " " * wide)
        verdict = self.say(d.check.verdict)
        yield pad(check, wide) + self.say(
            "difference", value=self.number(d.check.value), error=significant(d.check.error, 1),
            verdict=verdict,
        )  # fmt: skip
