"""The gateway's service: reads bus sensors, serves HTTP, publishes over MQTT."""
