"""The command that makes the starter upscaler and measures it.

May import `drawing`, what the trainings share, and the program's network.
"""
