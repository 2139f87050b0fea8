"""Finished pictures: model, grid, viewer, history, the current one, and what can be done with them.

Shared by rooms that show pictures. May import `state` and `widgets`.
"""
