"""Every topic is built and read by one module, and anything else is refused with a reason."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.protocol import topics
from vigie.protocol.errors import BadTopic

BUILT = [
    topics.sensor("raspberry-01", "motion"),
    topics.command("raspberry-01", "servo"),
    topics.result("raspberry-01", "servo"),
    topics.state("raspberry-01", "servo"),
    topics.status("raspberry-01"),
    topics.heartbeat("raspberry-01"),
    topics.ack("raspberry-01"),
    topics.replay("raspberry-01"),
    topics.MODE,
]


@pytest.mark.parametrize("text", BUILT)
def test_a_built_topic_reads_back_as_itself(text):
    assert str(topics.parse(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "sensors",
        "sensors/",
        "sensors//motion",
        "sensors/a/b/c",
        "sensors/-a/motion",
        "sensors/a\n/motion",
        "sensors/a/motion\n",
    ]
    + [
        "status/a/b",
        "sensors/A/motion",
        "sensors/a/" + "x" * 33,
        "sensors/" + "x" * 33 + "/motion",
        "$SYS/broker",
        "site/modes",
        "sensors/+/#",
    ],
)
def test_a_topic_outside_the_contract_is_refused(text):
    with pytest.raises(BadTopic):
        topics.parse(text)


@given(st.text(max_size=80))
def test_any_text_is_a_topic_or_a_refusal(text):
    try:
        assert str(topics.parse(text)) == text
    except BadTopic as error:
        assert error.topic == text
