"""The two doors: ``admit`` before the body is parsed, ``authorise`` once the question is known (decision 4)."""
