"""`python -m pipelines`: the command line lives in `cli`."""

from cli.__main__ import main

__all__: list[str] = []

if __name__ == "__main__":
    main()
