"""The command line: `ror demo`, `ror search`, `ror gateway`, `ror doctor`, and what the other packages bring."""
