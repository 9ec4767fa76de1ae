"""What CLIENT LIST tells: who sweeps."""
