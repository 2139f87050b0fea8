"""Presets: the whole form under a name, listed, taken and kept.

Knows the draft and the file of presets. May import `state` and `widgets`.
"""
