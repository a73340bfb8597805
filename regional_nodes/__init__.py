"""Seventeen simulated regional RORs, each with data, habits and server of its own."""
