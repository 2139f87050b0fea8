"""What readers share: gathering a recipe, other programs' weights of words, the web UI's text under
other names. May import what the readers may, and knows none of them.
"""
