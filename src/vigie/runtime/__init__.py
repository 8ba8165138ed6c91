"""What every process shares: clock, configuration, logging, back-off, MQTT, systemd. Knows the protocol, no program."""
