"""How a picture far larger than a network sees is refined by it, tile by tile, so that no tile is
seen: where tiles lie, how what is made of them comes together, what stays of the picture. May
import the sampling of `picture_making`, whose loop walks down the noise, and what is below it.
"""
