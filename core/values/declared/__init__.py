"""What is declared of a parameter, and the limits that declarations keep.

Knows no request and no picture. May import `core.system`.
"""
