# after "How to code a neural network with backpropagation in Python (from scratch)"
from math import exp

import numpy as np


def make_network(W1, b1, W2, b2):
    network = []
    for W, b in ((W1, b1), (W2, b2)):
        network.append([{'weights': list(W[:, j]) + [b[j]]} for j in range(W.shape[1])])
    return network


def activate(weights, inputs):
    activation = weights[-1]
    for i in range(len(weights) - 1):
        activation += weights[i] * inputs[i]
    return activation


def transfer(activation):
    return 1.0 / (1.0 + exp(-activation))


def forward_propagate(network, row):
    inputs = row
    for layer in network:
        new_inputs = []
        for neuron in layer:
            neuron['inputs'] = inputs
            neuron['output'] = transfer(activate(neuron['weights'], inputs))
            new_inputs.append(neuron['output'])
        inputs = new_inputs
    return inputs


def transfer_derivative(output):
    return output * (1.0 - output)


def backward_propagate_error(network, expected):
    for i in reversed(range(len(network))):
        layer = network[i]
        errors = list()
        if i != len(network) - 1:
            for j in range(len(layer)):
                error = 0.0
                for neuron in network[i + 1]:
                    error = neuron['weights'][j] * neuron['delta']  # right: error += neuron['weights'][j] * neuron['delta']
                errors.append(error)
        else:
            for j in range(len(layer)):
                neuron = layer[j]
                errors.append(neuron['output'] - expected[j])
        for j in range(len(layer)):
            neuron = layer[j]
            neuron['delta'] = errors[j] * transfer_derivative(neuron['output'])


def gradients(X, Y, W1, b1, W2, b2):
    n = len(X)
    dW1, db1 = np.zeros_like(W1), np.zeros_like(b1)
    dW2, db2 = np.zeros_like(W2), np.zeros_like(b2)
    network = make_network(W1, b1, W2, b2)
    for row, expected in zip(X, Y):
        forward_propagate(network, row)
        backward_propagate_error(network, expected)
        for dW, db, layer in ((dW1, db1, network[0]), (dW2, db2, network[1])):
            for j, neuron in enumerate(layer):
                db[j] += neuron['delta'] / n
                for i, value in enumerate(neuron['inputs']):
                    dW[i, j] += value * neuron['delta'] / n
    return dW1, db1, dW2, db2
