"""One module a service, each with a `RESOURCES` tuple; `loader.py` walks this folder."""
