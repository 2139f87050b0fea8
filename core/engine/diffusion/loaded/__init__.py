"""Models in memory: which are kept, on which rung of the memory ladder they run, what they take.

Knows no picture. May import `families` and what is below them.
"""
