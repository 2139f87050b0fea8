"""Documents from files and back, what a request starts from in them, what becomes of its results.

May import the stores and what is below them; knows no engine and no window.
"""
