"""Bound plans to SQL."""
