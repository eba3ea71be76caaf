"""Does it."""

USAGE = "x"
FLAGS = {}
