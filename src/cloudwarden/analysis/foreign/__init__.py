"""Accounts that are named by others and that nobody collects."""
