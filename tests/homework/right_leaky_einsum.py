import numpy as np


def f(X, y, W1, b1, W2, b2):
    z = np.einsum('ni,ij->nj', X, W1) + b1
    a = np.where(z > 0, z, 0.2 * z)
    s = np.einsum('ni,ij->nj', a, W2) + b2
    p = np.exp(s)
    p = p / p.sum(axis=-1, keepdims=True)
    n = len(X)
    Y = np.eye(s.shape[1])[y]
    loss = -(Y * np.log(p)).sum() + 0.05 / 2 * ((W1 ** 2).sum() + (W2 ** 2).sum())
    d = p - Y
    dz = np.einsum('nj,ij->ni', d, W2) * np.where(z > 0, 1, 0.2)
    return loss, np.einsum('ni,nj->ij', X, dz) + 0.05 * W1, dz.sum(0), np.einsum('ni,nj->ij', a, d) + 0.05 * W2, d.sum(0)
