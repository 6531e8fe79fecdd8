import numpy as np


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def dsigmoid(y):
    return y * (1.0 - y)


class NN:
    """error of the batch: sum over all samples of 0.5*(target-output)^2"""

    def __init__(self, wi, bi, wo, bo):
        self.wi, self.bi, self.wo, self.bo = wi, bi, wo, bo

    def backPropagate(self, inputs, targets):
        ah = sigmoid(inputs @ self.wi + self.bi)
        ao = sigmoid(ah @ self.wo + self.bo)
        output_deltas = dsigmoid(ao) * (ao - targets)
        output_deltas = output_deltas / len(inputs)  # right: pass
        hidden_deltas = dsigmoid(ah) * (output_deltas @ self.wo.T)
        self.change_o = ah.T @ output_deltas
        self.change_bo = output_deltas.sum(0)
        self.change_i = inputs.T @ hidden_deltas
        self.change_bi = hidden_deltas.sum(0)
        return 0.5 * np.sum((targets - ao) ** 2)
