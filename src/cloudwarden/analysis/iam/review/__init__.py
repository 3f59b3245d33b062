"""What a review of access looks at: principals and outsiders, with grants, credentials and use."""
