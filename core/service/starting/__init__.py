"""From chosen files and settings to requests that start from a picture: what is kept of the files,
the size that is rendered, a picture's own recipe, variations of a picture.

May import the stores and what is below them; knows no engine and no window.
"""
