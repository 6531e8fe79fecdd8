import numpy as np


def fun(theta, X, Y, sizes=(3, 4, 2)):
    a, b, c = sizes
    T1 = theta[:b * (a + 1)].reshape(b, a + 1)
    T2 = theta[b * (a + 1):].reshape(c, b + 1)
    one = np.ones((len(X), 1))
    A1 = np.hstack([one, X])
    S = 1 / (1 + np.exp(-A1 @ T1.T))
    A2 = np.hstack([one, S])
    H = 1 / (1 + np.exp(-A2 @ T2.T))
    m = len(X)
    lam = 0.4
    J = -np.sum(Y * np.log(H) + (1 - Y) * np.log(1 - H)) / m
    J += lam / (2 * m) * (np.sum(T1[:, 1:] ** 2) + np.sum(T2[:, 1:] ** 2))
    D3 = H - Y
    D2 = D3 @ T2[:, 1:] * S * (1 - S)
    R1, R2 = T1.copy(), T2.copy()
    R1[:, 0] = 0
    R2[:, 0] = 0
    return J, np.concatenate([((D2.T @ A1 + lam * R1) / m).ravel(), ((D3.T @ A2 + lam * R2) / m).ravel()])
