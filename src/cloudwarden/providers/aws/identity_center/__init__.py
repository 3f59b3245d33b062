"""IAM Identity Center: who is assigned which permission set in which account."""
