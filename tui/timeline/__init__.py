"""The timeline: one message as a picture of lanes over time. Pure functions; they know no widget."""
