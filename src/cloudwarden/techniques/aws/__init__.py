"""Techniques on AWS, a file a service; README.md says how to add one."""
