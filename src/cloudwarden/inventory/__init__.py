"""What is known, and was: assets and their versions, runs and readings, in SQL."""
