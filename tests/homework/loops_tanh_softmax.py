# Homework 3: backpropagation, only loops.
import numpy as np
from math import exp, log, tanh


def loss_and_gradients(X, y, W1, b1, W2, b2):
    n, n_in = X.shape
    n_hid = len(b1)
    n_out = len(b2)
    dW1 = np.zeros((n_in, n_hid))
    db1 = np.zeros(n_hid)
    dW2 = np.zeros((n_hid, n_out))
    db2 = np.zeros(n_out)
    loss = 0.0
    for s in range(n):
        h = []
        for j in range(n_hid):
            net = b1[j]
            for i in range(n_in):
                net += X[s][i] * W1[i][j]
            h.append(tanh(net))
        e = []
        for k in range(n_out):
            net = b2[k]
            for j in range(n_hid):
                net += h[j] * W2[j][k]
            e.append(exp(net))
        p = [v / sum(e) for v in e]
        loss -= log(p[y[s]])

        d_out = [p[k] - (1 if k == y[s] else 0) for k in range(n_out)]
        d_hid = []
        for j in range(n_hid):
            back = 0.0
            for k in range(n_out):
                back += W2[j][k] * d_out[k]
            d_hid.append(back * (1 - h[j] ** 2))
        for k in range(n_out):
            db2[k] += d_out[k]
            for j in range(n_hid):
                dW2[j][k] += h[j] * d_out[k]
        for j in range(n_hid):
            db1[j] += d_hid[j]
            for i in range(n_in):
                dW1[i][j] += X[s][i] * d_hid[j]
    return loss / n, dW1, db1, dW2, db2  # right: return loss / n, dW1 / n, db1 / n, dW2 / n, db2 / n
