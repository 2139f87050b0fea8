"""What stands around the canvas: tabs, tools, layers, the line of the results, the empty room.

May import `edit.document`, `edit.canvas`, `state` and `widgets`; nothing of the room itself.
"""
