"""What a picture looks like, as a number that can be compared.

Knows pixels alone. May import metadata.
"""
