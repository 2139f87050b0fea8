"""What a grid shows: ids in their order, records, thumbnails, stacks, read beside the window.

May import `layout` beside it, core.store, core.values, core.system and desktop.state."""
