"""What can be asked of an engine about a picture whose steps were recorded, and its answers.

Values alone, which cross the pipe to the engine's process. May import `core.values.picture`."""
