"""What the internet, and any asset, can reach over the network, with the reasons."""
