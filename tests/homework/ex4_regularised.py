import numpy as np


def cost(theta, X, Y, lmbda=1.0, hidden=3):
    m, n = X.shape
    K = Y.shape[1]
    T1 = theta[:hidden * (n + 1)].reshape(hidden, n + 1)
    T2 = theta[hidden * (n + 1):].reshape(K, hidden + 1)
    A1 = np.c_[np.ones(m), X]
    A2 = np.c_[np.ones(m), 1 / (1 + np.exp(-A1 @ T1.T))]
    H = 1 / (1 + np.exp(-A2 @ T2.T))
    J = -(Y * np.log(H) + (1 - Y) * np.log(1 - H)).sum() / m
    J += lmbda / 2 / m * ((T1[:, 1:] ** 2).sum() + (T2[:, 1:] ** 2).sum())
    D3 = H - Y
    D2 = (D3 @ T2 * A2 * (1 - A2))[:, 1:]
    G1 = D2.T @ A1 / m
    G2 = D3.T @ A2 / m
    G1 += lmbda / m * T1  # right: G1[:, 1:] += lmbda / m * T1[:, 1:]
    G2 += lmbda / m * T2  # right: G2[:, 1:] += lmbda / m * T2[:, 1:]
    return J, np.r_[G1.ravel(), G2.ravel()]
