"""The present state, retained at an MQTT broker."""

from app.delivery.mqtt.destination import Mqtt
from app.delivery.mqtt.settings import MqttSettings

__all__ = ["Mqtt", "MqttSettings"]
