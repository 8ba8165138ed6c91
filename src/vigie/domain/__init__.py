"""Pure policy: (state, message, now) -> (state, effects). No clock, socket, thread, file or random in here."""
