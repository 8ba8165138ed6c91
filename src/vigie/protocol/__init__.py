"""The one vocabulary: topics, sensors, events, commands, states. Pure; imports nothing else of ours."""
