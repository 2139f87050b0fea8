"""Samplers and schedules against end states computed elsewhere in float64, and against what theory says of them."""
