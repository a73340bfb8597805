"""SOAP 1.1 and 1.2: envelope, content type, faults, and the header blocks of our own."""
