"""Pure functions from the answers of AWS Organizations to assets. No I/O."""
