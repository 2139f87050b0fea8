"""The networks of Stable Diffusion 1.x, 2.x and XL in plain torch. Their parameters are named as
in diffusers and transformers, so that files load as they are.

Knows torch and nothing of the house above it: no file, no request, no memory mode. What a network
is built from comes as its configuration; what it is told comes as tensors. May import nothing of
the house.
"""
