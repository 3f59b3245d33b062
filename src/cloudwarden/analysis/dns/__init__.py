"""DNS records that point to what nobody owns any more."""
