"""A moto server on a free loopback port."""
