import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def nnCostFunction(nn_params, X, Y, sizes=(2, 5, 3)):
    s1, s2, s3 = sizes
    Theta1 = np.reshape(nn_params[:s2 * (s1 + 1)], (s2, s1 + 1))
    Theta2 = np.reshape(nn_params[s2 * (s1 + 1):], (s3, s2 + 1))
    m = len(X)
    J = 0
    Delta1 = np.zeros(Theta1.shape)
    Delta2 = np.zeros(Theta2.shape)
    for t in range(m):
        a1 = np.append(1, X[t])
        z2 = Theta1 @ a1
        a2 = np.append(1, sigmoid(z2))
        a3 = sigmoid(Theta2 @ a2)
        yt = Y[t]
        J += np.sum(-yt * np.log(a3) - (1 - yt) * np.log(1 - a3)) / m
        d3 = a3 - yt
        d2 = (Theta2.T @ d3)[1:] * sigmoid(z2) * (1 - sigmoid(z2))
        Delta2 = np.outer(d3, a2)  # right: Delta2 += np.outer(d3, a2)
        Delta1 = np.outer(d2, a1)  # right: Delta1 += np.outer(d2, a1)
    return J, np.hstack([Delta1.ravel() / m, Delta2.ravel() / m])
