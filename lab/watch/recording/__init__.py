"""A recording: facts to files and back, so that an incident replays exactly (docs/recording.md)."""
