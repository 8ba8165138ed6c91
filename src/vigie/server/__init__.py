"""The backend: history, live fan-out, commands, dashboard. It knows no MQTT."""
