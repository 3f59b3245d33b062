"""How Route 53's answers become zones, records and name servers."""
