"""Calotype without a window: everything that makes, keeps and describes pictures.

Knows no Qt. Its rooms may import those below them only: see the contracts in pyproject.toml.
"""
