"""The window around the rooms: rail, menus, status line, help, failures, and what joins the rooms.

`rooms.py` alone knows the rooms; no room knows it. May import all of desktop but `app`.
"""
