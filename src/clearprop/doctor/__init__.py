"""The doctor: what is wrong with this gradient, and with this training run.

:func:`clearprop.check_gradients` compares a person's own back-propagation with the right one and
names the mistake; :func:`clearprop.diagnose` looks into a training run. The tables are
:data:`clearprop.MISTAKES` and ``training.table``.
"""
