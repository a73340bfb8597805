"""The canary: a partner who is stopped again and again, over real TLS, to see how fast a stop takes effect."""
