"""Explanations: how a value came about, and how the loss moves with it, in words and pictures.

>>> import clearprop as cp
>>> x, y, z = cp.inputs(x=-2.0, y=5.0, z=-4.0)
>>> print(cp.explain((x + y) * z, wrt="x"))
How does x = -2 move f?
<BLANKLINE>
Forward
  g1 = x + y = -2 + 5 = 3
  f = g1·z   = 3·(-4) = -12
<BLANKLINE>
Chain rule: x reaches f along 1 path
  df/dx = ∂f/∂g1 · ∂g1/∂x
  A sum passes the slope on (+' = 1); a product swaps (×' = the other factor):
  x → g1 → f
      ×'·+'
      z
      -4 = -4
  df/dx = -4
<BLANKLINE>
Check     central difference -4, relative error 1e-13: agrees
<BLANKLINE>

* :func:`explain` takes a circuit; :meth:`clearprop.Network.explain` a network and its data.
* :class:`Derivation` is what they return: data, with views.
* :func:`explain_layers` does it for one parameter of a network of any size, with whole arrays.
* :func:`matrix_form` says how a whole array's derivative is computed:
  ``∂L/∂W1 = 1/N · Xᵀ[((P − Y)W2ᵀ) ⊙ (1 − A1²)]``.
* :func:`explain_all` lists all parameters, their gradients and one step.
"""

from .all_parameters import ParameterTable, explain_all
from .derivation import Derivation
from .explaining import explain, explain_network
from .layer_derivation import LayerDerivation
from .layers import explain_layers
from .matrix import matrix_form
from .matrix_data import MatrixForm

__all__ = [
    "Derivation",
    "LayerDerivation",
    "MatrixForm",
    "ParameterTable",
    "explain",
    "explain_all",
    "explain_layers",
    "explain_network",
    "matrix_form",
]
