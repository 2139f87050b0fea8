"""Samplers beyond the usual ones, each from its paper, with the constants that ComfyUI gives it.

All have the signature of `core.sampling.types.Sample`. May import: core.sampling.
"""
