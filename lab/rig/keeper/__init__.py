"""The keeper: the process that owns a rig's broker and workers, and ends them when the program is gone."""
