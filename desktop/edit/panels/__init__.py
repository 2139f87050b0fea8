"""What stands around the canvas: tabs, tools, layers, the line of the results, the empty room.

May import `edit.work`, `edit.document`, `edit.canvas`, `edit.tools`, `queue`, `pictures`, `state`
and `widgets`; nothing of the room itself.
"""
