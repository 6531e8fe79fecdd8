import numpy as np


def f(X, y, W1, b1, W2, b2, W3, b3):
    n = X.shape[0]
    a1 = np.tanh(np.einsum('ni,ij->nj', X, W1) + b1)
    a2 = np.tanh(np.einsum('ni,ij->nj', a1, W2) + b2)
    s = np.einsum('ni,ij->nj', a2, W3) + b3
    p = np.exp(s) / np.einsum('nj->n', np.exp(s))[:, None]
    loss = -np.log(p[np.arange(n), y]).mean()
    d3 = (p - np.eye(len(b3))[y]) / n
    d2 = np.einsum('nj,ij->ni', d3, W3) * (1 - a2**2)
    d1 = np.einsum('nj,ij->ni', d2, W2) * (1 - a1**2)
    dW3 = np.einsum('ni,nj->ij', a2, d3)
    dW2 = np.einsum('ni,nj->ji', a1, d2)  # right: dW2 = np.einsum('ni,nj->ij', a1, d2)
    dW1 = np.einsum('ni,nj->ij', X, d1)
    return loss, dW1, d1.sum(0), dW2, d2.sum(0), dW3, d3.sum(0)
