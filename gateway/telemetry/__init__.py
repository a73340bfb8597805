"""What the gateway counts and how it stands, for monitoring: no partner's name, no certificate, no person."""
