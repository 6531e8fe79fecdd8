"""What networks and results offer from the rooms above: ``net.explain``, ``result.diagnosis``.

Imports point down everywhere else. These methods are the exception, all in this file: each opens
its room when it is called.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from numpy.typing import ArrayLike

if TYPE_CHECKING:
    from .doctor.training.report import Diagnosis
    from .explanation.asking import Answer
    from .network import Network
    from .training import Result


class Conveniences:
    """Methods of :class:`clearprop.Network`."""

    @property
    def _network(self) -> Network:
        return cast("Network", self)

    def explain(
        self,
        x: ArrayLike,
        y: ArrayLike,
        wrt: str,
        *,
        second: str | None = None,
        notation: str | None = None,
        l2: float = 0.0,
        reduction: str = "mean",
        sample_weight: ArrayLike | None = None,
        learning_rate: float | None = None,
        sample: int = 0,
    ) -> Answer:
        """Explain how the loss moves with one number: every step, slope, path and the check.

        Parameters
        ----------
        x : array of shape (n_inputs,) or (n_samples, n_inputs)
        y : class number or array
            As for :meth:`forward`, or for one sample.
        wrt : str
            A parameter (``w1`` or ``W1[0,0]``, ``b2``), an input (``i1``), or any step
            between (``net_h1``, ``out_o2``); a whole array (``W1``), or ``"all"``.
        second : str, optional
            Explain the second derivative: how the derivative by ``wrt`` moves with this number.
        notation : {"neuron", "matrix"}, optional
            How the numbers are called in the answer; by default as ``wrt`` is.
        l2, reduction, sample_weight
            As for :meth:`forward`.
        learning_rate : float, optional
            Show one step of gradient descent too.
        sample : int
            Which of several samples is shown number by number.

        Returns
        -------
        Derivation, LayerDerivation or ParameterTable
            Print it, look at it in a notebook, or ask its ``html()``, ``latex()``,
            ``markdown()``, ``to_json()``. A network of more than 5,000 parameters is explained
            layer by layer; several parameters come as a table.

        Raises
        ------
        NetworkError, CircuitError
            If the data do not fit, or there is no such number.

        Examples
        --------
        >>> import clearprop as cp
        >>> net = cp.Network([2, 2, 2], "sigmoid", output_activation="sigmoid", shared_bias=True)
        >>> found = net.explain([0.05, 0.1], 0, "w1")
        >>> found.n_paths, len(found.paths[0].factors)
        (2, 5)
        """
        from .explanation.asking import ask  # noqa: PLC0415 (a room above, by exception)

        return ask(
            self._network, x, y, wrt, second=second, notation=notation, l2=l2,
            reduction=reduction, sample_weight=sample_weight, learning_rate=learning_rate,
            sample=sample,
        )  # fmt: skip

    def to_script(self, **settings: Any) -> str:
        """Print the network as a program that needs NumPy alone; see :func:`clearprop.to_script`.

        >>> import clearprop as cp
        >>> "A1 = np.tanh(Z1)" in cp.Network([2, 3, 2]).to_script()
        True
        """
        from .export import to_script  # noqa: PLC0415 (a room above, by exception)

        return to_script(self._network, **settings)


class RunConveniences:
    """Methods of :class:`clearprop.Result`."""

    @cached_property
    def diagnosis(self) -> Diagnosis:
        """What is wrong with the run, if anything; see :func:`clearprop.diagnose`.

        >>> import clearprop as cp
        >>> X, y = cp.make_moons(100, noise=0.1, random_state=0)
        >>> run = {"optimizer": "gradient_descent", "epochs": 2000}
        >>> cp.fit(cp.Network([2, 8, 2]), X, y, learning_rate=1.0, **run).diagnosis.healthy
        True
        >>> cp.fit(cp.Network([2, 8, 2]), X, y, learning_rate=1e-4, **run).diagnosis.main.key
        'rate_too_low'
        """
        from .doctor.training.diagnosing import diagnose  # noqa: PLC0415 (a room above, by exception)

        return diagnose(cast("Result", self))
