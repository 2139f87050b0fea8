"""What rooms share without widgets: the draft and its history, the library, jobs, tasks, session,
commands.

Knows no room. May import `widgets`, and `core` but for its engine's inside and its command line.
"""
