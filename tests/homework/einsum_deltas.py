import numpy as np


def f(X, Y, params):
    W1, b1, W2, b2, W3, b3 = params
    h1 = np.maximum(np.einsum('bi,ih->bh', X, W1) + b1, 0)
    h2 = np.maximum(np.einsum('bi,ih->bh', h1, W2) + b2, 0)
    out = np.einsum('bi,ih->bh', h2, W3) + b3
    loss = 0.5 * np.einsum('bo,bo->', out - Y, out - Y)
    g3 = out - Y
    g2 = np.einsum('bo,ho->bh', g3, W3) * (h2 > 0)
    g1 = np.einsum('bh,hi->bi', g2, W2) * (h1 > 0)  # right: g1 = np.einsum('bh,ih->bi', g2, W2) * (h1 > 0)
    grads = []
    for h, g in ((X, g1), (h1, g2), (h2, g3)):
        grads.append(np.einsum('bi,bo->io', h, g))
        grads.append(np.einsum('bo->o', g))
    return loss, grads
