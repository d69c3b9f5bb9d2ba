"""Sides, limb words and joining of captions."""

from hypothesis import given
from hypothesis import strategies as st

from motion_lens_training.captions import Truth, join, limb_truths, names_one_side, names_side, swap_sides, without_subject
from motion_lens_training.skeleton import LEFT_ARM, LEFT_LEG, RIGHT_ARM


def words(text: str, truths: list[Truth]) -> dict[str, tuple[int, ...] | None]:
    return {text[slice(*t.chars)]: t.parts for t in truths}


def test_swap() -> None:
    assert swap_sides("Left hand up, then right-handed") == "Right hand up, then left-handed"
    assert swap_sides("stands upright, right away, at a right-angle") == "stands upright, right away, at a right-angle"
    assert swap_sides("turns counter-clockwise") == "turns clockwise"
    assert names_side("to the left") and not names_side("stands upright")
    assert names_one_side("waves the left hand, the left one") and not names_one_side("the left and the right arm")


@given(st.lists(st.sampled_from("left right clockwise counterclockwise a hand, turns the Left".split()), max_size=12))
def test_swapping_twice_gives_the_caption_back(tokens: list[str]) -> None:
    text = " ".join(tokens)
    assert swap_sides(swap_sides(text)) == text


def test_limb_words() -> None:
    text = "a person waves the left hand and kicks with the left leg."
    found = words(text, limb_truths(text, "left"))
    assert found["hand"] == LEFT_ARM and found["waves"] == LEFT_ARM and found["leg"] == LEFT_LEG
    text = "keeps the left arm down and waves the right one."
    found = words(text, limb_truths(text, "right"))
    assert found["arm"] == LEFT_ARM and found["one"] == RIGHT_ARM and "waves" not in found
    text = "lifts both arms"
    assert set(words(text, limb_truths(text))["arms"] or ()) == set(LEFT_ARM + RIGHT_ARM)


def test_join_moves_truths() -> None:
    first, second = "a person walks.", "someone waves the left hand."
    a = [Truth((9, 14), None, (0, 40))]
    b = [Truth(t.chars, t.parts, (0, 30)) for t in limb_truths(second, "left")]
    text, truths = join(first, ", then ", second, a, b, 44, keep_subject=False)
    assert text == "a person walks, then waves the left hand."
    found = {text[slice(*t.chars)]: t for t in truths}
    assert found["walks"].frames == (0, 40)
    assert found["hand"].frames == (44, 74) and found["hand"].parts == LEFT_ARM
    assert without_subject("this person does not turn") == "this person does not turn"[len("this person ") :]
