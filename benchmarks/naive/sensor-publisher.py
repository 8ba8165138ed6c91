"""The reference document's `sensor-publisher.py`, as it stands there, on a mock pin.

Liberties: a `DigitalInputDevice` calls back on the edge, where `MotionSensor` would first smooth its samples at 10 Hz
(in the peer's favour); `n` counts the events, so that losses and repeats can be told; pulses are asked for on stdin.
"""

import json
import os
import sys
import time

import paho.mqtt.client as mqtt
from gpiozero import Device, DigitalInputDevice
from gpiozero.pins.mock import MockFactory

PIR_PIN = 17
DEVICE_ID = os.environ["DEVICE_ID"]
BROKER_HOST, BROKER_PORT = os.environ["MQTT_BROKER"].split(":")

n = 0

mqtt_client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)


def on_pir_triggered():
    global n
    n += 1
    mqtt_client.publish(f"sensors/{DEVICE_ID}/motion", json.dumps({"confidence": 0.95, "n": n}))


Device.pin_factory = MockFactory()
pir = DigitalInputDevice(PIR_PIN)
pir.when_activated = on_pir_triggered

mqtt_client.connect(BROKER_HOST, int(BROKER_PORT))
mqtt_client.loop_start()

# One line on stdin is one pulse; the answer is the number of its event and when the pin was driven (CLOCK_MONOTONIC).
pin = Device.pin_factory.pin(PIR_PIN)
for _line in sys.stdin:
    driven_at_s = time.monotonic()
    pin.drive_high()
    pin.drive_low()
    print(json.dumps({"n": n, "driven_at_s": driven_at_s}), flush=True)
