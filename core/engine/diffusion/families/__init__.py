"""How a model is loaded, told its text and decoded: one module a kind of model,
and the rows that choose.

Knows no loop and no memory modes. May import `parts` and `adapters`.
"""
