"""The reference document's `mqtt-bridge.py`.

Liberties: the device is read from the topic (the document's example names one); errors of the backend are caught and
logged, which the document asks for in words ("si Backend offline: log l'erreur, MQTT continue de marcher"), its code not;
with KEPT_SESSION (benchmarks/drain.py) it has a session and QoS 1, without which the broker keeps nothing for it to drain.
"""

import json
import os
import sys

import paho.mqtt.client as mqtt
import requests

BACKEND_URL = os.environ["BACKEND_URL"]
BROKER_HOST, BROKER_PORT = os.environ["MQTT_BROKER"].split(":")
KEPT_SESSION = os.environ.get("KEPT_SESSION", "")


def on_connect(client, userdata, flags, reason_code, properties):
    client.subscribe("sensors/#", qos=1 if KEPT_SESSION else 0)
    print("subscribed", file=sys.stderr, flush=True)


def on_message(client, userdata, message):
    payload = json.loads(message.payload)
    try:
        requests.post(
            f"{BACKEND_URL}/api/events",
            json={
                "type": "motion_detected",
                "device_id": message.topic.split("/")[1],
                "details": payload,
            },
        )
    except requests.RequestException as error:
        print(f"backend offline: {error}", file=sys.stderr)


client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=KEPT_SESSION, clean_session=not KEPT_SESSION)
client.on_connect = on_connect
client.on_message = on_message
client.connect(BROKER_HOST, int(BROKER_PORT))
client.loop_forever()
