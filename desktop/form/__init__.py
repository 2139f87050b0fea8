"""The form: prompts, parameters, LoRAs, the choice of a model, and the way into the queue.

Shared by rooms that make pictures. May import `state` and `widgets`.
"""
