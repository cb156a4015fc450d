"""`python -m pipelines`: the command line lives in `cli`."""

from cli.__main__ import main

if __name__ == "__main__":
    main()
