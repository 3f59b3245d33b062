"""Pure functions from IAM's answers to assets: policies, trust, credentials. No I/O."""
