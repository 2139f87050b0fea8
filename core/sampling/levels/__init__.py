"""Noise levels that come of how a model was trained, or were found for one: tables.

Plain floats; knows no sampler and no schedule, and imports nothing beside this folder.
"""
