"""Measured figures: counts, CPU seconds, memory. `make bench` prints them beside their targets."""
