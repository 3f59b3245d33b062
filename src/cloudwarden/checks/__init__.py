"""What is wrong: checks as data, the runner, and findings with their history."""
