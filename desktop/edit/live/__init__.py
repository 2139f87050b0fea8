"""Live painting as the window has it: what is asked for while somebody paints, and its bar.

Knows no canvas and no panel of the room. May import `state` and `widgets`.
"""
