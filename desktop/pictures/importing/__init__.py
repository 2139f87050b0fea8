"""Folders of pictures brought into the gallery: asked for, watched, looked through again, away.

Knows imports and rows, no room. May import what is below `pictures`, and `pictures.importing`.
"""
