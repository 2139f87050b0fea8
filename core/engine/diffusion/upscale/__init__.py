"""Larger pictures by networks trained for that: three of our own, tile by tile.

Knows pixels and weights, no denoiser. May import `loaded`, `picture_inputs`, `parts` and what is
below them.
"""
