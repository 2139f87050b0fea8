"""The prompt editors: weights in colour, keys for weights, names offered while they are typed.

Knows texts and the draft. May import `state` and `widgets`.
"""
