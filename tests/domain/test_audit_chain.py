"""The chain of the audit log: nothing in it can be changed, taken out, added or moved unnoticed, but at its end."""

from hypothesis import given
from hypothesis import strategies as st

from vigie.domain.audit_chain import NO_HASH, Entry, Verdict, hash_of, verify

texts = st.text(max_size=8)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
entries = st.builds(Entry, st.integers(0, 2**45), texts, texts, texts, st.dictionaries(texts, json_values, max_size=3))
Row = tuple[int, str, Entry]


def chained(made: list[Entry]) -> list[Row]:
    rows: list[Row] = []
    for number, entry in enumerate(made, start=1):
        rows.append((number, hash_of(rows[-1][1] if rows else NO_HASH, entry), entry))
    return rows


@given(st.lists(entries, max_size=6))
def test_what_was_written_is_sound(made: list[Entry]):
    rows = chained(made)
    assert verify(rows) == Verdict(len(rows), rows[-1][1] if rows else NO_HASH, None)


@given(st.lists(entries, min_size=2, max_size=6, unique_by=lambda entry: hash_of(NO_HASH, entry)), st.data())
def test_whatever_is_done_to_the_middle_is_seen(made: list[Entry], data: st.DataObject):
    rows = chained(made)
    at = data.draw(st.integers(0, len(rows) - 2))
    number, kept, entry = rows[at]
    match data.draw(st.sampled_from(["changed", "taken out", "moved", "added"])):
        case "changed":
            other = data.draw(entries.filter(lambda made: hash_of(NO_HASH, made) != hash_of(NO_HASH, entry)))
            rows[at] = (number, kept, other)
        case "taken out":
            del rows[at]
        case "moved":
            rows[at], rows[at + 1] = rows[at + 1], rows[at]
        case _:
            rows.insert(at, (0, hash_of(kept, entry), entry))
    assert verify(rows).broken_at is not None
