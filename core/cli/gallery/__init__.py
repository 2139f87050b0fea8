"""The commands of `calotype gallery` that are more than a few lines.

Knows services and terminals. May import what is below the command line.
"""
