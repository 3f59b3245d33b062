"""Ways by which those who have some access come to more, as data."""
