"""The command `gallery export`: which pictures, as what and where to.

May import `cli.shared` and what the command line may.
"""
