"""What assets look like: labels, properties, relations, and the records that carry them. No I/O."""
