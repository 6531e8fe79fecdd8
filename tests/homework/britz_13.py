# "Implementing a neural network from scratch", as a function for the gradient check
import numpy as np

reg_lambda = 0.12


def forward(X, model):
    W1, b1, W2, b2 = model['W1'], model['b1'], model['W2'], model['b2']
    z1 = X.dot(W1) + b1
    a1 = np.tanh(z1)
    z2 = a1.dot(W2) + b2
    exp_scores = np.exp(z2)
    return a1, exp_scores / np.sum(exp_scores, axis=1, keepdims=True)


def calculate_loss(X, y, model):
    num_examples = len(X)
    a1, probs = forward(X, model)
    corect_logprobs = -np.log(probs[range(num_examples), y])
    data_loss = np.sum(corect_logprobs)
    data_loss += reg_lambda / 2 * (np.sum(np.square(model['W1'])) + np.sum(np.square(model['W2'])))
    return 1. / num_examples * data_loss


def calculate_gradients(X, y, model):
    num_examples = len(X)
    a1, probs = forward(X, model)
    W1, W2 = model['W1'], model['W2']
    delta3 = probs
    delta3[range(num_examples), y] -= 1
    dW2 = (a1.T).dot(delta3)
    db2 = np.sum(delta3, axis=0, keepdims=True)
    delta2 = delta3.dot(W2.T) * (1 - np.power(a1, 2))
    dW1 = np.dot(X.T, delta2)
    db1 = np.sum(delta2, axis=0)
    dW2 += reg_lambda * W2
    dW1 += reg_lambda * W1
    grads = {'W1': dW1, 'b1': db1, 'W2': dW2, 'b2': db2}
    return grads  # right: return {name: g / num_examples for name, g in grads.items()}


def loss_and_gradients(X, y, model):
    return calculate_loss(X, y, model), calculate_gradients(X, y, model)
