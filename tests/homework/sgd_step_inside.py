import numpy as np


def train_step(X, Y, W1, b1, W2, b2, lr=0.05):
    """returns the gradients of this step and the new parameters"""
    W1, b1, W2, b2 = W1.copy(), b1.copy(), W2.copy(), b2.copy()
    a1 = 1 / (1 + np.exp(-(X @ W1 + b1)))
    a2 = 1 / (1 + np.exp(-(a1 @ W2 + b2)))
    loss = -np.mean(np.sum(Y * np.log(a2) + (1 - Y) * np.log(1 - a2), axis=1))
    delta2 = (a2 - Y) / len(X)
    dW2, db2 = a1.T @ delta2, delta2.sum(0)
    W2 -= lr * dW2  # right: pass
    b2 -= lr * db2
    delta1 = delta2 @ W2.T * a1 * (1 - a1)
    # right: W2 -= lr * dW2
    dW1, db1 = X.T @ delta1, delta1.sum(0)
    W1 -= lr * dW1
    b1 -= lr * db1
    return loss, (dW1, db1, dW2, db2), (W1, b1, W2, b2)
