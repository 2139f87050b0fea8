"""The prompts of before: found, pinned, and taken back into the form.

Knows rows of the gallery and the pins. May import `state` and `widgets`.
"""
