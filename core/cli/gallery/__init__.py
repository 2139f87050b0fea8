"""The commands of `calotype gallery`.

Knows services and terminals. May import what is below the command line, `shared` and `exporting`.
"""
