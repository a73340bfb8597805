"""Who may ask what: the signed list of partners and the decision taken from it."""
