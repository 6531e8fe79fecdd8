"""Draws the pictures of this folder: python docs/pictures/make.py."""

from pathlib import Path

import clearprop as cp


def pictures():
    """Return each picture by the name of its file."""
    x, y, z = cp.inputs(x=-2.0, y=5.0, z=-4.0)
    tutorial = cp.Network(
        [2, 2, 2], "sigmoid", "softmax_cross_entropy", "sigmoid", shared_bias=True
    ).with_parameters(W1=[[0.15, 0.25], [0.2, 0.3]], b1=0.35, W2=[[0.4, 0.5], [0.45, 0.55]], b2=0.6)
    moons = cp.Network([2, 3, 2], seed=3)
    moons = moons.with_parameters(b1=[0.3, -0.2, 0.1], b2=[-0.25, 0.25])
    return {
        "circuit.svg": cp.draw_circuit((x + y) * z),
        "tutorial-circuit.svg": cp.draw_circuit(tutorial, x=[0.05, 0.10], y=0),
        "network-2-3-2.svg": cp.draw_network(moons),
        "network-784-512-512-10.svg": cp.draw_network(
            cp.Network([784, 512, 512, 10], activation="relu")
        ),
    }


if __name__ == "__main__":
    for name, picture in pictures().items():
        picture.save(Path(__file__).parent / name)
