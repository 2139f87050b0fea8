"""The axes of a sweep below the prompt, what they would take, and their way into the queue.

Knows the form, no room. May import what `desktop.form` may.
"""
