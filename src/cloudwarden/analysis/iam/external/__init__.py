"""External access: who outside an account or its organization a policy, ACL or share lets in."""
