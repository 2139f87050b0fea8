"""What everything speaks in: requests, jobs, events, pictures, as frozen values with tuples inside.

Knows their limits and nothing of how they are made. May import
`core.sampling` and what is below it.
"""
