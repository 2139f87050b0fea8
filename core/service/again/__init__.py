"""A picture made again from its recipe: what must be here for that, how far the new one is off, and
why.

May import the stores, the runner and what is below them; knows no terminal and no window.
"""
