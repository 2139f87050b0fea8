"""The prompt language: weights, chunks, tags, and what a request becomes when it is expanded.

Knows texts, not models. May import `core.values` and what is below it.
"""
