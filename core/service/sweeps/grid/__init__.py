"""The labelled grid of a sweep as a picture for others: where everything stands, and its files.

Knows pictures' files and words, no window. May import `core.metadata` and below.
"""
