"""The parameters' fields: size, steps, guidance, seed and what is changed seldom, each marked while
it differs from the model's default.

Knows values and the draft. May import `state` and `widgets`.
"""
