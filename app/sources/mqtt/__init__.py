"""Statuses from an MQTT broker such as Mosquitto."""

from app.sources.mqtt.settings import MqttSettings
from app.sources.mqtt.source import MqttSource

__all__ = ["MqttSettings", "MqttSource"]
