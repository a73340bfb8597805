"""Acknowledgements: each follower of the list says under its own signature what it has in force."""
