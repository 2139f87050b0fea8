"""What the page is made of on which a lesson is changed: the list of its stops, fields, hints.

It knows the lesson's values and the small controls. May import core and desktop.widgets; nothing
else of the guided tour.
"""
