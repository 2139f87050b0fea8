"""The queue as a person sees it: the drawer, its rows, and what a screen reader is told of it.

Shared by rooms that make pictures. May import `state` and `widgets`.
"""
