"""What a grid of very many pictures is made of: drawing, headings, marks, rubber band, dragging.

May import what lies in its folders, core.values and desktop.widgets."""
