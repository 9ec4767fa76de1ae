"""Which deployments are on a server."""
