"""What people note on pictures: ratings, favourites, tags, notes, albums, each with its way back.

Above the other modules of `desktop.pictures`; may import what they may.
"""
