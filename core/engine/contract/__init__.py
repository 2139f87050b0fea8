"""What every engine promises, wherever it runs, and the rules of other programs that it can follow.

Knows no torch. May import `core.values` and what is below it.
"""
