import numpy as np


def grads(X, T, layers):
    acts = [X]
    for W, b in layers:
        acts.append(1 / (1 + np.exp(-(acts[-1] @ W + b))))
    delta = (acts[-1] - T) * acts[-1] * (1 - acts[-1])
    out = []
    for (W, b), a in zip(reversed(layers), reversed(acts[:-1])):
        out.insert(0, (a.T @ delta, delta.sum(axis=0, keepdims=True)))
        delta = delta @ W.T * a * (1 - a)
    return out
