"""What resource shares take beyond a declaration."""
