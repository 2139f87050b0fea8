"""Where models come from: the only door to the network, downloads,
and moving models to another drive.

May import `core.models.library` and what is below it.
"""
