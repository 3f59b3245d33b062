"""`python -m cloudwarden`."""

from cloudwarden.cli.main import main

main()
