"""The web UI's text ("infotext"): its shape, the names of samplers in it, and what it says of the
picture one was made from, of hires fix and of seamless edges, written and read.

May import values and samplers; knows neither files nor the recipes that are made of it.
"""
