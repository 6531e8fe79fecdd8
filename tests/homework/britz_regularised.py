import numpy as np


def build(X, y, W1, b1, W2, b2, reg_lambda=0.05):
    N = X.shape[0]
    z1 = X.dot(W1) + b1
    a1 = np.tanh(z1)
    z2 = a1.dot(W2) + b2
    exp_scores = np.exp(z2)
    probs = exp_scores / np.sum(exp_scores, axis=1, keepdims=True)
    loss = -np.mean(np.log(probs[np.arange(N), y]))
    loss += reg_lambda / 2 * (np.sum(W1 ** 2) + np.sum(W2 ** 2))

    delta3 = probs
    delta3[np.arange(N), y] -= 1
    delta3 /= N
    dW2 = a1.T.dot(delta3)
    db2 = np.sum(delta3, axis=0, keepdims=True)
    delta2 = delta3.dot(W2.T) * (1 - a1 ** 2)
    dW1 = X.T.dot(delta2)
    db1 = np.sum(delta2, axis=0, keepdims=True)
    dW2 += reg_lambda * W2
    # right: dW1 += reg_lambda * W1
    return loss, dW1, db1, dW2, db2
