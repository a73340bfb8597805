"""``python -m gateway`` is the command ``ror``: how the demonstration starts its parts."""

from gateway.cli.main import main

if __name__ == "__main__":
    main()
