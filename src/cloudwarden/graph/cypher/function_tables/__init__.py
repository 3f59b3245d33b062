"""The tables of functions, one module a field; `functions.py` puts them together."""
