"""The server's edges: TLS listener with its bounds, routes, the SOAP corridor, health."""
