# Exercise 5 of the post: change the activation function
import numpy as np


def gradients(X, y, W1, b1, W2, b2):
    n = len(y)
    z1 = X.dot(W1) + b1
    a1 = np.maximum(0, z1)
    z2 = a1.dot(W2) + b2
    exp_scores = np.exp(z2)
    probs = exp_scores / exp_scores.sum(1, keepdims=True)
    loss = -np.log(probs[range(n), y]).sum() / n
    delta3 = probs.copy()
    delta3[range(n), y] -= 1
    delta3 /= n
    dW2 = (a1.T).dot(delta3)
    db2 = np.sum(delta3, axis=0)
    delta2 = delta3.dot(W2.T) * (1 - np.power(a1, 2))  # right: delta2 = delta3.dot(W2.T) * (z1 > 0)
    dW1 = np.dot(X.T, delta2)
    db1 = np.sum(delta2, axis=0)
    return loss, (dW1, db1, dW2, db2)
