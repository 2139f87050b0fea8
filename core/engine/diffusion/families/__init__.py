"""How a model is loaded, told its text and decoded: one module a kind of model.

Knows no loop and no memory modes. May import `parts` and `adapters`.
"""
