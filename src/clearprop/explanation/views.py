"""What every explanation is: data that goes to JSON and back, with views.

>>> import clearprop as cp
>>> x, y, z = cp.inputs(x=-2.0, y=5.0, z=-4.0)
>>> found = cp.explain((x + y) * z, wrt="x")
>>> print(found.view(language="zh", digits=3).text().splitlines()[0])
x = -2 怎样影响 f？
>>> cp.Derivation.from_json(found.to_json()) == found
True
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from ..errors import CircuitError
from .serializing import from_plain, to_plain

if TYPE_CHECKING:
    from .outline import Outline


class Explanation(ABC):
    """The views of an explanation, and its way to JSON and back.

    A subclass is a data class; it says what a page about it says (:meth:`outline`), what a
    screen shows (:meth:`text`), and what its data are called (``FORMAT``, ``KIND``).
    """

    FORMAT: ClassVar[str]
    KIND: ClassVar[str]  # what people call it in an error: "a derivation"
    VERSION: ClassVar[int] = 1
    DIGITS: ClassVar[int] = 6

    @abstractmethod
    def text(self, *, language: str = "en", width: int = 100, digits: int = 6) -> str:
        """Return it as lines for a screen."""

    @abstractmethod
    def outline(self, digits: int = 6) -> Outline:
        """Return what a page about it says, before it is set in any language."""

    def markdown(self, *, language: str = "en", digits: int | None = None) -> str:
        """Return it as Markdown; see :func:`clearprop.explanation.markdown.to_markdown`."""
        from .markdown import to_markdown  # noqa: PLC0415 (a view; opened when it is asked for)

        return to_markdown(self, language, self._digits(digits))

    def latex(
        self, *, language: str = "en", document: bool = False, digits: int | None = None
    ) -> str:
        """Return it as LaTeX; see :func:`clearprop.explanation.latex.to_latex`."""
        from .latex import to_latex  # noqa: PLC0415 (a view; opened when it is asked for)

        return to_latex(self, language, document, self._digits(digits))

    def html(self, *, language: str = "en", digits: int | None = None, picture: str = "") -> str:
        """Return it as one HTML page; see :func:`clearprop.explanation.html.to_html`."""
        from .html import to_html  # noqa: PLC0415 (a view; opened when it is asked for)

        return to_html(self, language, self._digits(digits), picture)

    def _digits(self, digits: int | None) -> int:
        return self.DIGITS if digits is None else digits

    def view(self, *, language: str = "en", digits: int | None = None) -> View:
        """Return it as ``print`` and notebooks shall show it: ``found.view(language="zh")``."""
        return View(self, language, self._digits(digits))

    def _repr_html_(self) -> str:
        return self.view()._repr_html_()

    def _repr_latex_(self) -> str:
        return self.view()._repr_latex_()

    def __str__(self) -> str:
        """Return the text view."""
        return self.text()

    def to_dict(self) -> dict[str, Any]:
        """Return it as data made of dicts, lists, texts and numbers."""
        plain: dict[str, Any] = to_plain(self)
        return {"format": self.FORMAT, "version": self.VERSION, **plain}

    def to_json(self) -> str:
        """Return it as JSON."""
        return json.dumps(self.to_dict(), allow_nan=False)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return what :meth:`to_dict` was made of.

        Raises
        ------
        CircuitError
            If it is no such thing.
        """
        if not isinstance(data, Mapping) or data.get("format") != cls.FORMAT:
            raise CircuitError(f'{cls.KIND} has "format": "{cls.FORMAT}"; this is something else')
        if data.get("version") != cls.VERSION:
            raise CircuitError(f"this is version {data.get('version')!r}, not {cls.VERSION}")
        try:
            found: Self = from_plain(cls, data)
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            raise CircuitError(f"{cls.KIND} with something amiss: {error}") from None
        return found

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return what :meth:`to_json` was made of; CircuitError if it is no such thing."""
        try:
            data = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise CircuitError(f"this is no JSON: {error}") from None
        return cls.from_dict(data)


@dataclass(frozen=True)
class View:
    """An explanation in a language and with so many digits; notebooks show it."""

    explanation: Explanation
    language: str = "en"
    digits: int = 6

    def text(self, width: int = 100) -> str:
        """Return it as lines for a screen."""
        return self.explanation.text(language=self.language, width=width, digits=self.digits)

    def __str__(self) -> str:
        """Return the text view."""
        return self.text()

    def _repr_html_(self) -> str:
        from .html import to_fragment  # noqa: PLC0415 (a view; opened when it is asked for)

        return to_fragment(self.explanation, self.language, self.digits)

    def _repr_latex_(self) -> str:
        from .markdown import to_display  # noqa: PLC0415 (a view; opened when it is asked for)

        return to_display(self.explanation, self.language, self.digits)
