"""A broker from outside: how to reach it, how its keys are named, how it is shown without its secrets."""
