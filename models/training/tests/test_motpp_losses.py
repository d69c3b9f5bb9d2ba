"""The losses of the second system against matrices worked out by hand, and what must hold of any matrices."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from motion_lens_training.motpp.losses import (
    VARIANTS,
    FourScales,
    Ramp,
    Scale,
    Variant,
    consistency,
    cross_consistent,
    divergence,
    info_nce,
    latent_divergences,
    list_net,
    normal_divergence,
    same_length,
    smooth_l1,
    too_similar,
)

LN2, LN3 = math.log(2), math.log(3)


def matrices(seed: int, count: int, size: int = 5) -> list[torch.Tensor]:
    g = torch.Generator().manual_seed(seed)
    return [torch.randn(size, size, generator=g, dtype=torch.float64, requires_grad=True) for _ in range(count)]


def test_info_nce_by_hand() -> None:
    # Rows: softmax (3/4, 1/4) and (1/2, 1/2); columns: (3/4, 1/4) and (1/2, 1/2).
    scores = torch.tensor([[LN3, 0.0], [0.0, 0.0]])
    rows = (math.log(4 / 3) + LN2) / 2
    assert float(info_nce(scores)) == pytest.approx(rows, abs=1e-6)
    # Directions differ: rows (2/3, 1/3), (1/2, 1/2); columns (2/3, 1/3), (1/2, 1/2) of the transposed matrix.
    scores = torch.tensor([[LN2, 0.0], [LN3, LN3]])
    forward = (math.log(3 / 2) + LN2) / 2
    backward = (math.log(1 + 3 / 2) + math.log(4 / 3)) / 2
    assert float(info_nce(scores)) == pytest.approx((forward + backward) / 2, abs=1e-6)
    assert float(info_nce(scores.T)) == pytest.approx(float(info_nce(scores)), abs=1e-6)


def test_filtered_pairs_leave_the_sum_and_the_diagonal_stays() -> None:
    # Text 0 and 1 say the same, text 2 something else.
    sentences = torch.tensor([[1.0, 0.0], [0.8, 0.6], [0.0, 1.0]])
    # Cosines: 0-1 0.8, 1-2 0.6, 0-2 0. A cosine of exactly the threshold is not filtered.
    ignored = too_similar(sentences, 0.6)
    assert ignored.tolist() == [[False, True, False], [True, False, False], [False, False, False]]
    scores = torch.tensor([[0.0, 9.0, 0.0], [9.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    expected = (LN2 + LN2 + LN3) / 3
    assert float(info_nce(scores, ignored)) == pytest.approx(expected, abs=1e-6)
    everything = torch.ones(3, 3, dtype=torch.bool)
    assert float(info_nce(scores, everything)) == 0.0
    # Right pairs beyond the diagonal add up: row 0 of (1, 1, 1) with two right columns has 2/3.
    flat = torch.zeros(3, 3)
    positive = torch.tensor([[1, 1, 0], [1, 1, 0], [0, 0, 1]], dtype=torch.bool)
    assert float(info_nce(flat, positive=positive)) == pytest.approx((2 * math.log(3 / 2) + LN3) / 3, abs=1e-6)


def test_learned_scales_start_at_a_temperature_of_a_tenth() -> None:
    assert float(Scale()(torch.tensor(0.5)).detach()) == pytest.approx(5.0, abs=1e-5)
    scales = FourScales()
    assert [round(float(p.detach()), 6) for p in scales.parameters()] == [round(math.log(10), 6)] * 4
    x, y, s = (torch.nn.functional.normalize(torch.randn(3, n), dim=1) for n in (4, 4, 6))
    tm, tt, mm, q = scales(x, y, s)
    torch.testing.assert_close(tm, 10 * x @ y.T)
    torch.testing.assert_close(tt, 10 * x @ x.T)
    torch.testing.assert_close(mm, 10 * y @ y.T)
    torch.testing.assert_close(q, 10 * s @ s.T)


def test_divergence_and_list_net_by_hand() -> None:
    # Row 0: (3/4, 1/4) against (1/2, 1/2); row 1: equal.
    p = torch.tensor([[LN3, 0.0], [0.0, LN2]])
    r = torch.tensor([[0.0, 0.0], [5.0, 5.0 + LN2]])
    expected = (0.75 * math.log(1.5) + 0.25 * math.log(0.5)) / 2
    assert float(divergence(p, r)) == pytest.approx(expected, abs=1e-6)
    entropy = -(0.75 * math.log(0.75) + 0.25 * math.log(0.25)) / 2 - (LN2 * 2 / 3 - LN3 + 0) / 2
    assert float(list_net(p, r)) == pytest.approx(expected + entropy, abs=1e-5)


def test_cross_consistency_by_hand() -> None:
    # TT is flat, MM equals S, S is symmetric: Cons(MM) = 0, Cons(TT) is the mean of both directions of one divergence.
    s = torch.tensor([[LN3, 0.0], [0.0, LN3]])
    flat = torch.zeros(2, 2)
    q = torch.tensor([[LN2, 0.0], [0.0, LN2]])
    nce = math.log(4 / 3)
    to_s = 0.5 * math.log(0.5 / 0.75) + 0.5 * math.log(0.5 / 0.25)
    from_s = 0.75 * math.log(0.75 / 0.5) + 0.25 * math.log(0.25 / 0.5)
    cons = (2 * to_s + 2 * from_s) / 4
    third = 1 / 3
    teacher_tt = 2 * third * math.log(2 * third / 0.5) + third * math.log(third / 0.5)
    teacher_mm = 2 * third * math.log(2 * third / 0.75) + third * math.log(third / 0.25)
    for lam in (0.0, 0.25, 1.0):
        loss = cross_consistent(s, flat, s, q, lam)
        assert float(loss.contrast) == pytest.approx(nce, abs=1e-6)
        assert float(loss.consistency) == pytest.approx(cons, abs=1e-6)
        assert float(loss.teacher) == pytest.approx(teacher_tt + teacher_mm, abs=1e-6)
        expected = nce + lam * cons + (1 - lam) * (teacher_tt + teacher_mm)
        assert float(loss.total) == pytest.approx(expected, abs=1e-6)
    # The switches act on the modality that they are named after.
    no_text = cross_consistent(s, flat, s, q, 0.0, VARIANTS["no-text-teacher"])
    no_motion = cross_consistent(s, flat, s, q, 0.0, VARIANTS["no-motion-teacher"])
    assert float(no_text.teacher) == pytest.approx(teacher_mm, abs=1e-6)
    assert float(no_motion.teacher) == pytest.approx(teacher_tt, abs=1e-6)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0, 1))
def test_cross_consistency_properties(seed: int, lam: float) -> None:
    s, tt, mm, q = matrices(seed, 4)
    # Exchanging texts and motions changes nothing.
    a, b = cross_consistent(s, tt, mm, q, lam), cross_consistent(s.T, mm, tt, q, lam)
    torch.testing.assert_close(a.total, b.total)
    # The order of the batch changes nothing.
    order = torch.randperm(len(s), generator=torch.Generator().manual_seed(seed))
    mixed = [x[order][:, order] for x in (s, tt, mm, q)]
    torch.testing.assert_close(cross_consistent(*mixed, lam).total, a.total)
    assert float(a.consistency) >= 0 and float(a.teacher) >= 0
    torch.testing.assert_close(a.consistency, consistency(s, tt) + consistency(s, mm))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_nothing_to_agree_on_when_all_are_equal(seed: int) -> None:
    (x,) = matrices(seed, 1)
    same = (x + x.T) / 2
    loss = cross_consistent(same, same, same, same, 0.5)
    assert abs(float(loss.consistency)) < 1e-12 and abs(float(loss.teacher)) < 1e-12
    torch.testing.assert_close(loss.total, loss.contrast)
    assert float(divergence(same, same + 3.0)) == pytest.approx(0.0, abs=1e-12)
    # ListNet is the same up to the entropy of its first side, so that it is not zero there.
    assert float(list_net(same, same)) > 0


def gradients(loss: torch.Tensor, *inputs: torch.Tensor) -> list[bool]:
    found = torch.autograd.grad(loss, inputs, retain_graph=True, allow_unused=True)
    return [g is not None and bool(g.abs().max() > 1e-9) for g in found]


@pytest.mark.parametrize("measure", ["kl", "listnet"])
def test_the_gradient_flows_into_both_sides(measure: str) -> None:
    s, tt, mm, q = matrices(3, 4)
    loss = cross_consistent(s, tt, mm, q, 0.5, Variant(measure=measure))
    # Both sides of the divergence: the scores within, the scores across, and the teacher's, whose scale is learned.
    assert gradients(loss.consistency, s, tt, mm, q) == [True, True, True, False]
    assert gradients(loss.teacher, s, tt, mm, q) == [False, True, True, True]
    assert gradients(loss.contrast, s, tt, mm, q) == [True, False, False, False]
    # At the ends of the ramp one of the two terms is off.
    assert gradients(cross_consistent(s, tt, mm, q, 0.0, Variant(measure=measure)).total, s, tt, mm, q) == [True] * 4
    assert gradients(cross_consistent(s, tt, mm, q, 1.0, Variant(measure=measure)).total, s, tt, mm, q) == [True, True, True, False]
    scales = FourScales()
    x, y, t = (torch.nn.functional.normalize(torch.randn(4, 8, generator=torch.Generator().manual_seed(n)), dim=1) for n in (1, 2, 3))
    cross_consistent(*scales(x, y, t), 0.5).total.backward()
    assert all(p.grad is not None and float(p.grad.abs()) > 0 for p in scales.parameters())


def test_gradients_are_those_of_finite_differences() -> None:
    s, tt, mm, q = matrices(5, 4, size=3)
    assert torch.autograd.gradcheck(lambda *x: cross_consistent(*x, 0.3).total, (s, tt, mm, q))


def test_ramps() -> None:
    assert [Ramp(40, 100).at(e) for e in (0, 40, 70, 100, 250)] == [0, 0, 0.5, 1, 1]
    assert [VARIANTS["self"].ramp.at(e) for e in (0, 0.5, 1, 9)] == [0, 0.5, 1, 1]
    assert all(VARIANTS["supervised"].ramp.at(e) == 0 for e in range(251))
    assert VARIANTS["80-140"].ramp.at(110) == VARIANTS["140-200"].ramp.at(170) == 0.5


def test_the_filter_inside_acts_on_the_contrast_only() -> None:
    s, tt, mm, q = matrices(7, 4)
    ignored = torch.zeros(5, 5, dtype=torch.bool)
    ignored[0, 1] = ignored[1, 0] = True
    plain = cross_consistent(s, tt, mm, q, 0.5, ignored=ignored)
    filtered = cross_consistent(s, tt, mm, q, 0.5, VARIANTS["filtered"], ignored=ignored)
    torch.testing.assert_close(plain.contrast, info_nce(s))
    torch.testing.assert_close(filtered.contrast, info_nce(s, ignored))
    torch.testing.assert_close(plain.consistency, filtered.consistency)
    with pytest.raises(ValueError, match="pairs to ignore"):
        cross_consistent(s, tt, mm, q, 0.5, VARIANTS["filtered"])
    with pytest.raises(ValueError, match=r"\(5, 4\)"):
        cross_consistent(s, tt[:, :4], mm, q, 0.5)
    with pytest.raises(ValueError, match="kl or listnet"):
        cross_consistent(s, tt, mm, q, 0.5, Variant(measure="l2"))


def test_like_lengths_attract() -> None:
    # Lengths 0 and 10 log 2: softmax(0, -log 2) = (2/3, 1/3) in both rows.
    lengths = torch.tensor([0.0, 10 * LN2])
    flat = torch.zeros(2, 2)
    expected = 0.2 * (2 / 3 * math.log(4 / 3) + 1 / 3 * math.log(2 / 3))
    assert float(same_length(flat, lengths)) == pytest.approx(expected, abs=1e-6)


def test_divergence_of_normals_by_hand() -> None:
    one, zero = torch.ones(1, 1), torch.zeros(1, 1)
    # N(1, 1) and N(0, e): against the standard normal, and the first against the second.
    assert float(normal_divergence(one, zero)) == pytest.approx(0.5)
    assert float(normal_divergence(zero, one)) == pytest.approx(0.5 * (math.e - 2))
    assert float(normal_divergence(one, zero, zero, one)) == pytest.approx(0.5 * (2 / math.e - 1 + 1))
    reference = torch.distributions.kl_divergence(
        torch.distributions.Normal(0.3, math.exp(-0.2)), torch.distributions.Normal(-0.5, math.exp(0.35))
    )
    got = normal_divergence(*(torch.tensor([[v]]) for v in (0.3, -0.4, -0.5, 0.7)))
    torch.testing.assert_close(got, reference)
    same = (torch.randn(2, 3), torch.randn(2, 3))
    torch.testing.assert_close(latent_divergences(same, same), 2 * normal_divergence(*same))


def test_padded_frames_count_as_right() -> None:
    a, b = torch.zeros(1, 2, 2), torch.tensor([[[0.5, 3.0], [7.0, 7.0]]])
    mask = torch.tensor([[True, False]])
    # 0.5 * 0.5^2 and 3 - 0.5 in the first frame, zero in the padded one; mean of four numbers.
    assert float(smooth_l1(a, b, mask)) == pytest.approx((0.125 + 2.5) / 4)
