"""The commands that make the weights, in the order of CONTRIBUTING.md, and what they share.

May import `drawing` for scenes, and of the program what decodes and fits previews.
"""
