"""`vigie selftest`: each wired part of this Pi, tried in turn while the agent rests."""
