"""Who is asking, and whether they may: the way in, accounts, sessions, tokens."""
