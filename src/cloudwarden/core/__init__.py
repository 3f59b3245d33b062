"""What every other room may use: clock, errors, settings, JSON, logging. Knows no other room."""
