"""The bridge: the only program that knows MQTT and the server. Events go up, commands come down."""
