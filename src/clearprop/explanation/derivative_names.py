"""What derivatives are called in data: ``∂loss/∂w1``; views set these names as fractions.

>>> derivative_name("f", "x"), derivative_name("∂f/∂x", "y"), derivative_name("∂f/∂x", "x")
('∂f/∂x', '∂²f/∂x∂y', '∂²f/∂x²')
>>> slope_name("∂f/∂q", "y"), slope_name("∂f/∂x", "∂f/∂q")
('∂(∂f/∂q)/∂y', '∂(∂f/∂x)/∂(∂f/∂q)')
>>> of_and_by("∂²f/∂x∂y"), of_and_by("∂(∂f/∂x)/∂(∂f/∂q)"), of_and_by("x")
(('f', ('x', 'y')), ('∂f/∂x', ('∂f/∂q',)), ('x', ()))
>>> of_sample("loss", 2), of_sample("∂loss/∂w1", 2)
('loss_2', '∂loss_2/∂w1')
"""

from __future__ import annotations


def is_derivative(name: str) -> bool:
    """Tell whether a name is that of a derivative."""
    return name.startswith("∂") and "/∂" in name


def derivative_name(of: str, by: str) -> str:
    """Return the name of a derivative, of a derivative too: both then count alike."""
    if not is_derivative(of) or is_derivative(by):
        return slope_name(of, by)
    first, _, below = of[1:].rpartition("/∂")
    return f"∂²{first}/∂{below}²" if below == by else f"∂²{first}/∂{below}∂{by}"


def slope_name(of: str, by: str) -> str:
    """Return the name of a local slope, by how much one step moves for each unit of another."""
    above, below = (f"({one})" if is_derivative(one) else one for one in (of, by))
    return f"∂{above}/∂{below}"


def of_sample(result: str, number: int) -> str:
    """Return what a result is called for one sample of several."""
    if not is_derivative(result):
        return f"{result}_{number}"
    first, _, below = result.rpartition("/∂")
    return f"{first}_{number}/∂{below}"


def of_and_by(name: str) -> tuple[str, tuple[str, ...]]:
    """Return of what a derivative is, and by what; a name of another kind, and nothing."""
    if not is_derivative(name):
        return name, ()
    if name.startswith("∂²"):
        of, _, below = name[2:].partition("/∂")
        first, _, second = below.partition("∂")
        if not second:
            first = second = below.removesuffix("²")
        return of, (first, second)
    if name.startswith("∂("):
        of, _, below = name[2:].partition(")/∂")
    else:
        of, _, below = name[1:].rpartition("/∂(") if name.endswith(")") else ("", "", "")
        if not is_derivative(below):
            of, _, below = name[1:].rpartition("/∂")
    if is_derivative(below.removeprefix("(")) and below.endswith(")"):
        below = below.removeprefix("(").removesuffix(")")
    return of, (below,)
