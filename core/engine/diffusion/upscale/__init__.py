"""Larger pictures by networks trained for that: three of our own, tile by tile.

Knows pixels and weights, no denoiser. May import `parts` and what is below them.
"""
