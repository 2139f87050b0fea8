"""The way from a text to a picture: what the networks are asked about it, the finished latents, and
what one picture lacks of another.

Knows recordings and pictures, no torch and no window. May import `core.service.sweeps`' measures,
`core.engine`'s door and contract, and what is below `core.service`."""
