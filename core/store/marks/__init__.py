"""What a person says of pictures: ratings, favourites, tags, notes, albums.

Knows rows and values, no files. May import what is below the store, and `store.sqlite`.
"""
