"""Amazon Web Services: declarations against botocore's models, sessions, and the engine."""
