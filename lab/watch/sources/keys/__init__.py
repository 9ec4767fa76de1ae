"""What the broker's keys tell: entries of unacked, sizes, depths of queues, the server itself."""
