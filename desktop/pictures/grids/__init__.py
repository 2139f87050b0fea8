"""What a grid of very many pictures is made of: where cells lie, headings, marks, which ids in
which order.

May import core.store, core.values, core.system, desktop.state and desktop.widgets."""
