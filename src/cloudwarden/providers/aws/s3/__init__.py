"""How the answers about one S3 bucket become assets; `services/s3.py` asks for them."""
