"""How it is read: scopes, pacing, concurrency, retries, readings, progress. Knows no provider."""
