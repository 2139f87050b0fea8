"""What texts in pictures say of the picture one was made from, of hires fix and of seamless edges,
in the words of the web UI and of the programs that write its text too.

May import values, the names of samplers and the pairs of a text; knows neither gallery nor engine.
"""
