import numpy as np


def svm_loss_naive(X, y, W1, b1, W2, b2):
    num_train, num_classes = len(X), len(b2)
    dW1, db1 = np.zeros(W1.shape), np.zeros(b1.shape)
    dW2, db2 = np.zeros(W2.shape), np.zeros(b2.shape)
    loss = 0.0
    for i in range(num_train):
        h = np.tanh(X[i].dot(W1) + b1)
        scores = h.dot(W2) + b2
        correct_class_score = scores[y[i]]
        ds = np.zeros(num_classes)
        for j in range(num_classes):
            if j == y[i]:
                continue
            margin = scores[j] - correct_class_score + 1
            if margin > 0:
                loss += margin
                ds[j] += 1
                # right: ds[y[i]] -= 1
        dh = W2.dot(ds) * (1 - h ** 2)
        dW2 += np.outer(h, ds)
        db2 += ds
        dW1 += np.outer(X[i], dh)
        db1 += dh
    return loss / num_train, dW1 / num_train, db1 / num_train, dW2 / num_train, db2 / num_train
