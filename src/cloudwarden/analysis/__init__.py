"""What follows from what was read: reach, access, takeover. Pure functions that call no API."""
