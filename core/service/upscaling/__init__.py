"""Upscaling of finished pictures: the request for it, what it takes, its job.

May import `core.service.starting` and `making`, and what is below `core.service`.
"""
