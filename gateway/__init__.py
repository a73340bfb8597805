"""The federated gateway: asks the regions, merges what comes back, says what is missing."""
