"""What a person keeps of words: styles as files, presets, and what choices may become.

Knows the data folder and pictures. May import what `core.service` may, and no other room of it.
"""
