"""What an ack means: progress is believed at once, a loss after a while, and another history never."""

from hypothesis import given
from hypothesis import strategies as st

from vigie.domain.acks import DOUBT_FOR_S, DOUBTS_TO_BELIEVE, Doubt, Mark, Verdict, judge
from vigie.protocol.states import Ack

MARK = Mark(stream_id="ours", last_seq=10, acked_through=5)
NUMBERS = st.integers(0, 12)


def verdict(through_seq, *, stream_id="ours", event_id=None, own_id=None):
    return judge(Ack(stream_id=stream_id, through_seq=through_seq, event_id=event_id), MARK, own_id, Doubt(), 0.0)[0]


def test_an_ack_of_another_stream_is_not_for_us():
    assert verdict(7, stream_id="another") is Verdict.FOREIGN


def test_an_ack_within_the_log_is_believed():
    assert verdict(7) is Verdict.ADVANCED
    assert verdict(7, event_id="a", own_id="a") is Verdict.ADVANCED
    assert verdict(5) is Verdict.KNOWN


def test_another_event_under_our_number_or_a_number_beyond_our_log_is_another_history():
    assert verdict(7, event_id="a", own_id="b") is Verdict.COPIED
    assert verdict(3, event_id="a", own_id="b") is Verdict.COPIED
    assert verdict(11) is Verdict.COPIED


def test_an_event_that_was_pruned_or_is_only_accounted_for_cannot_be_compared():
    assert verdict(7, event_id="a", own_id=None) is Verdict.ADVANCED
    assert verdict(7, event_id=None, own_id="b") is Verdict.ADVANCED


def test_three_lower_acks_over_twenty_seconds_are_believed():
    doubt, seen = Doubt(), []
    for now_s in (100.0, 110.0, 119.9, 120.0):
        found, doubt = judge(Ack(stream_id="ours", through_seq=2), MARK, None, doubt, now_s)
        seen.append(found)
    assert seen == [Verdict.DOUBTED, Verdict.DOUBTED, Verdict.DOUBTED, Verdict.LOWERED]


@given(st.lists(st.tuples(NUMBERS, st.floats(0, 15)), max_size=30))
def test_no_ack_lowers_the_mark_unless_all_since_the_first_doubt_were_lower(acks):
    doubt, now_s, lower_since = Doubt(), 0.0, []
    for through_seq, later_s in acks:
        now_s += later_s
        found, doubt = judge(Ack(stream_id="ours", through_seq=through_seq), MARK, None, doubt, now_s)
        lower_since = [*lower_since, now_s] if through_seq < MARK.acked_through else []
        believed = len(lower_since) >= DOUBTS_TO_BELIEVE and lower_since[-1] - lower_since[0] >= DOUBT_FOR_S
        assert (found is Verdict.LOWERED) == believed
        if believed:
            lower_since = []


@given(NUMBERS, st.sampled_from([None, "a", "b"]), st.sampled_from([None, "a", "b"]))
def test_only_what_can_be_ours_is_taken_for_progress(through_seq, event_id, own_id):
    found = verdict(through_seq, event_id=event_id, own_id=own_id)
    differs = event_id is not None and own_id is not None and event_id != own_id
    assert (found is Verdict.COPIED) == (differs or through_seq > MARK.last_seq)
    assert (found is Verdict.ADVANCED) == (found is not Verdict.COPIED and through_seq > MARK.acked_through)
