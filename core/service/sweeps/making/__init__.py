"""The cells of a sweep as requests, what they take, and which of them are there.

Knows models, the queue's rows and the gallery, no window. May import `core.service.sweeps.axes`.
"""
