"""Who does the work: clearprop and its peers, one file each.

Every file has a function of a :class:`suite.data.Task` that returns a :class:`Runner`: all
that is done once (arrays on their place, functions compiled) is done by then, and the runner
does the work again and again, each time from the start weights.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..data import Task

NARROW = 128  # inputs up to which peers gather the rows of a whole epoch at once: measured faster


@dataclass(frozen=True)
class Runner:
    """Somebody ready to work.

    Parameters
    ----------
    run : function of the number of epochs (or calls)
        Timed; returns whatever it has made, finished.
    found : function of what ``run`` returned
        Not timed; the parameters of each network as NumPy arrays W1, b1, ..., the answers of
        ``predict``, the printed loss of ``process``.
    about : function of what ``run`` returned
        A word on how it was done, or "".
    """

    run: Callable[[int], Any]
    found: Callable[[Any], Any]
    about: Callable[[Any], str] = lambda _: ""


@dataclass(frozen=True)
class Peer:
    """One row of the table of peers.

    Parameters
    ----------
    name, label : str
        As people choose it, and as it is printed.
    place : str
        The function that prepares it, as ``module:function``.
    needs : tuple of str
        The packages it cannot do without.
    """

    name: str
    label: str
    place: str
    needs: tuple[str, ...] = ()

    def missing(self) -> str:
        """Return the package that is not installed, or ""."""
        return next((package for package in self.needs if find_spec(package) is None), "")

    def prepare(self, task: Task) -> Runner:
        """Import what is needed and make ready."""
        module, _, function = self.place.partition(":")
        runner: Runner = getattr(import_module(module), function)(task)
        return runner


PEERS: dict[str, Peer] = {
    peer.name: peer
    for peer in (
        Peer("clearprop", "clearprop", "suite.peers.clearprop_own:prepare"),
        Peer("tutorial", "tutorial's NumPy", "suite.peers.tutorial:prepare"),
        Peer("scikit-learn", "scikit-learn", "suite.peers.scikit_learn:prepare", ("sklearn",)),
        Peer("pytorch", "PyTorch", "suite.peers.pytorch:prepare", ("torch",)),
        Peer(
            "pytorch-compiled", "PyTorch, compiled", "suite.peers.pytorch_compiled:prepare",
            ("torch",),
        ),
        Peer("jax", "JAX", "suite.peers.jax_jitted:prepare", ("jax",)),
        Peer("jax-rows-last", "JAX, rows last", "suite.peers.jax_jitted:prepare_rows_last",
             ("jax",)),
    )
}  # fmt: skip
"""Everybody, by name; clearprop first."""
