"""A prompt as a language: words that change from step to step, texts side by side, comments.

Knows texts and places in them. May import `core.values` and what is below it.
"""
