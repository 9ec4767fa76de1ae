"""The account of one message: from the facts about it to its deliveries, executions and verdicts."""
