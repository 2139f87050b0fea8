"""What is asked of the gallery and what a person says of its pictures: questions, albums, origins.

Values alone. May import what is below the values, and `values`.
"""
