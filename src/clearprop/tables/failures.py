"""The errors of the tables; ``clearprop.errors`` lists them beside all the others.

They stand here because the tables use the standard library only and can be read
without the rest of the package.
"""


class ClearPropError(Exception):
    """Whatever ClearProp finds wrong with what it was given."""


class ExpressionError(ClearPropError, ValueError):
    """A text that is not an expression of the tables' small language.

    The message ends with the text and a caret under the character where it goes wrong.
    """

    def __init__(self, reason: str, text: str = "", column: int | None = None) -> None:
        self.reason, self.text, self.column = reason, text, column
        if text and column is not None:
            reason = f"{reason}\n    {text}\n    {' ' * column}^"
        super().__init__(reason)


class TableError(ClearPropError, ValueError):
    """A row that cannot stand in its table, or a name that no row has."""
