"""The screen of unacked."""
