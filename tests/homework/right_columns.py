import numpy as np


def model(X, Y, parameters):
    L = len(parameters) // 2
    m = X.shape[1]
    A = [X]
    for l in range(1, L):
        A.append(np.maximum(parameters[f"W{l}"] @ A[-1] + parameters[f"b{l}"], 0))
    Z = parameters[f"W{L}"] @ A[-1] + parameters[f"b{L}"]
    AL = 1 / (1 + np.exp(-Z))
    cost = -np.sum(Y * np.log(AL) + (1 - Y) * np.log(1 - AL)) / m
    grads = {}
    dZ = AL - Y
    for l in range(L, 0, -1):
        grads[f"dW{l}"] = dZ @ A[l - 1].T / m
        grads[f"db{l}"] = np.sum(dZ, axis=1, keepdims=True) / m
        if l > 1:
            dZ = (parameters[f"W{l}"].T @ dZ) * (A[l - 1] > 0)
    return cost, grads
