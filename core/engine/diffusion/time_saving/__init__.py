"""Ways to save time that are set on a loaded UNet: tokens merged, matrices in int8.

Knows no family and no picture. May import `parts` and what that may import.
"""
