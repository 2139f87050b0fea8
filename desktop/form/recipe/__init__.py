"""The sheet on which a person sees what a recipe says, and chooses what of it the form takes.

May import the state and the widgets; the form places it.
"""
