"""What a certificate says and whether it still holds."""
