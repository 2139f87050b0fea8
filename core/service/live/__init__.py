"""Live painting: pictures that nobody ordered one by one, made while somebody paints. They are no
jobs: nothing of them is stored until one is kept.

Knows engines, the stores and documents. May import all of core but `core.cli`.
"""
