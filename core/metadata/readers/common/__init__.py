"""What readers share: gathering a recipe, other programs' weights of words, the web UI's text under
other names.

May import `core.metadata.parsing` and what that may; knows no reader.
"""
