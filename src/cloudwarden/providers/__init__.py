"""What can be read: one folder a provider, one file a service, as declarations."""
