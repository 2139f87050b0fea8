"""Folders of pictures brought into the gallery, in place or as copies, and looked through again.

Knows files, recipes and rows, no window. May import what is below the services, and `stores`.
"""
