"""What going back through a picture's steps leaves: the tree of those that branch off, and loops to
be shown.

Knows no window. May import what `core.service.insight` may."""
