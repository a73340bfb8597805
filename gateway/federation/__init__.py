"""Asking the regions: one deadline, every region on its own, no failure that takes another with it."""
