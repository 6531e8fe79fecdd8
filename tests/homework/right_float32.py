import numpy as np


def loss_and_grads(X, y, params):
    p32 = {k: v.astype('float32') for k, v in params.items()}
    X = X.astype('float32')
    N = len(X)
    h = np.maximum(0, X @ p32['W1'] + p32['b1'])
    s = h @ p32['W2'] + p32['b2']
    correct = s[np.arange(N), y][:, None]
    margin = np.maximum(0, s - correct + np.float32(1))
    margin[np.arange(N), y] = 0
    loss = margin.sum() / N
    ds = (margin > 0).astype('float32')
    ds[np.arange(N), y] -= ds.sum(axis=1)
    ds /= np.float32(N)
    dh = ds @ p32['W2'].T
    dh[h <= 0] = 0
    return loss, {'W1': X.T @ dh, 'b1': dh.sum(axis=0), 'W2': h.T @ ds, 'b2': ds.sum(axis=0)}
