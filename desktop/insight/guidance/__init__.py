"""The view Guidance: both guesses of a step and their difference, and rows of other values.

Knows no other view. May import `insight.opened`, `shared`, `form`, `queue`, `pictures`, `state`
and `widgets`.
"""
