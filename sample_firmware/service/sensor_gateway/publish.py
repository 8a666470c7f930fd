"""Readings over MQTT: one retained message a channel."""

from __future__ import annotations

import json
from collections.abc import Iterable

import paho.mqtt.client as mqtt

from sensor_gateway.config import Broker
from sensor_gateway.sensors import Reading


class Publisher:
    """A connection to the broker that comes back by itself."""

    def __init__(self, broker: Broker) -> None:
        self._topic = broker.topic
        self._client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="sensor-gateway")
        self._client.will_set(f"{broker.topic}/online", "false", retain=True)
        self._client.connect_async(broker.host, broker.port)
        self._client.loop_start()

    def publish(self, time: int, readings: Iterable[Reading]) -> None:
        """Send one round; while the broker is away, messages wait in the client's queue."""
        self._client.publish(f"{self._topic}/online", "true", retain=True)
        for reading in readings:
            message = json.dumps({"time": time, "value": reading.value})
            self._client.publish(f"{self._topic}/{reading.channel}", message, qos=1, retain=True)
