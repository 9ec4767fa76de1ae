"""What the facts add up to: pure rules, no sockets, no threads, no clock."""
