"""Setting Vigie up: the broker, and the whole house in one command."""
