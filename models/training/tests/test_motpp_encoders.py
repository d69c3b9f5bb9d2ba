"""The networks of the second system: what they look at, what they must not depend on, and the published oddities."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from motion_lens_training.features263 import PART_ROWS, SIZE, features_from_joints, joints_from_features, structured_rows
from motion_lens_training.motpp.actor import ActorDecoder, ActorEncoder
from motion_lens_training.motpp.blocks import Dropout, StochasticDepth, depth_rates, sine_positions
from motion_lens_training.motpp.motion_encoders import PART_ROWS_V1, Factorised, Head, PartTokens, motion_encoder, world_root
from motion_lens_training.motpp.settings import CONFIGURATIONS, ENCODERS, SIZES, Settings, Size, settings_of
from motion_lens_training.motpp.system import Batch, System

from .test_features import random_motion

torch.set_num_threads(1)
TINY = Size(16, 2, 32, 2, 2, 2, 2, 2, stride=8)


def encoder(name: str, size: Size = TINY, **changes: bool) -> torch.nn.Module:
    torch.manual_seed(0)
    made = motion_encoder(Settings(name, size=size, **changes))
    with torch.no_grad():
        # Tokens and positions start at zero: give them something to be told by.
        for p in made.parameters():
            if not p.any():
                p.normal_(std=0.5)
    return made.eval()


def motions(*lengths: int) -> tuple[torch.Tensor, torch.Tensor]:
    torch.manual_seed(1)
    x = torch.nn.utils.rnn.pad_sequence([torch.randn(n, SIZE) for n in lengths], batch_first=True)
    return x, torch.tensor(lengths)


@torch.no_grad()
@pytest.mark.parametrize("name", ENCODERS)
def test_a_vector_depends_on_its_own_motion_only(name: str) -> None:
    model = encoder(name)
    x, lengths = motions(5, 20, 11)
    mu, logvar = model(x, lengths)
    assert mu.shape == logvar.shape == (3, 16) and not torch.allclose(mu, logvar)
    for i, n in enumerate(lengths.tolist()):
        alone, _ = model(x[i : i + 1, :n], lengths[i : i + 1])
        torch.testing.assert_close(mu[i : i + 1], alone, atol=1e-5, rtol=1e-4)
        torch.testing.assert_close(model.one(x[i, :n]), alone, atol=1e-5, rtol=1e-4)
    # Every frame counts, up to the longest motion; what lies behind it is cut.
    changed = x.clone()
    changed[1, 19] += 1
    assert not torch.allclose(model(changed, lengths)[0][1], mu[1], atol=1e-4)
    assert model.frames == 25
    long, length = motions(40)
    torch.testing.assert_close(model(long, length)[0], model(long[:, :25], torch.tensor([25]))[0])


@torch.no_grad()
def test_motpp_is_attention_in_frames_then_over_padded_time() -> None:
    """Against the steps of the description, taken one by one over all 25 frames of the padded array."""
    model = encoder("motpp")
    assert isinstance(model, Factorised)
    x, lengths = motions(4, 9)
    padded = torch.nn.functional.pad(x, (0, 0, 0, 25 - 9))
    rows = structured_rows(padded).flatten(0, 1)
    parts = torch.stack([layer(rows[:, list(r)].flatten(1)) for layer, r in zip(model.tokens.embed, PART_ROWS.values(), strict=True)], 1)
    h = torch.cat([model.class_tokens.expand(50, -1, -1), parts], 1) + model.position
    assert h.shape == (50, 9, 16)
    for layer in model.spatial:
        h = layer(h)
    h = h.reshape(2, 25, 9, 16)
    # The sample's own class tokens, over its real frames; padded frames take part in what follows.
    own = torch.stack([h[0, :4, :2].mean(0), h[1, :9, :2].mean(0)])
    t = torch.cat([own, h[:, :, 2:].mean(2)], 1) + sine_positions(27, 16)
    for layer in model.temporal:
        t = layer(t)
    mu, logvar = model(x, lengths)
    torch.testing.assert_close(mu, model.head.layers(t[:, 0]))
    torch.testing.assert_close(logvar, model.head.layers(t[:, 1]))


@torch.no_grad()
def test_the_published_leak_mixes_samples() -> None:
    model = encoder("motpp", batch_leak=True)
    x, lengths = motions(5, 20, 11)
    mu, _ = model(x, lengths)
    # Sample 1 is given the class tokens of frame 1 of sample 0.
    _, own = model.within_frames(x[0, 1:2])
    tokens, _ = model.within_frames(x[1, :20])
    index = torch.arange(25).clamp(max=20)
    torch.testing.assert_close(mu[1:2], model.over_time(own[:1], tokens[index][None])[0])
    assert not torch.allclose(mu[1:2], model(x[1:2], lengths[1:2])[0], atol=1e-4)
    # Beyond the frames of sample 0 it is the padded frame's.
    many, counts = motions(2, 6, 6, 6)
    assert torch.isfinite(model(many, counts)[0]).all()
    with pytest.raises(ValueError, match="motpp encoder only"):
        encoder("actor", batch_leak=True)


@torch.no_grad()
def test_parts_see_their_rows() -> None:
    assert [len(r) for r in PART_ROWS.values()] == [1, 1, 4, 4, 5, 4, 4]
    assert [len(r) for r in PART_ROWS_V1.values()] == [4, 4, 6, 4, 4]
    tokens = PartTokens(PART_ROWS, 8)
    assert [layer.in_features for layer in tokens.embed] == [12, 12, 48, 48, 60, 48, 48]
    x, _ = motions(1)
    before = tokens(structured_rows(x))[0, 0]
    changed = x.clone()
    changed[..., 259:263] += 1  # contacts
    after = tokens(structured_rows(changed))[0, 0]
    assert [k for k, (a, b) in enumerate(zip(before, after, strict=True)) if not torch.equal(a, b)] == [1]
    # Version 1 does not see the contacts at all.
    v1 = encoder("mot")
    one = torch.tensor([1])
    torch.testing.assert_close(v1(x, one)[0], v1(changed, one)[0])
    assert len(v1.layers) == 3 and v1.layers[0].time.heads == 1 and v1.layers[0].feed_forward[0].out_features == 16


def test_version_one_follows_the_root_through_the_world() -> None:
    # On features that are not standardised, the root's path and heading are those of the joints.
    joints = random_motion(3, 30)
    angle = np.linspace(0, 2.0, 30)
    c, s = np.cos(angle)[:, None], np.sin(angle)[:, None]
    turned = joints.copy()
    turned[..., 0], turned[..., 2] = c * joints[..., 0] + s * joints[..., 2], c * joints[..., 2] - s * joints[..., 0]
    turned[..., 2] += np.linspace(0, 1.5, 30)[:, None]
    features = features_from_joints(turned)
    rows = world_root(torch.from_numpy(features)[None])[0].numpy()
    np.testing.assert_allclose(rows[:, 6:9], joints_from_features(features)[:, 0], atol=1e-4)
    # The rotation turns the body back to face +z: about the vertical by minus the heading, whose first column is (cos, 0, sin).
    yaw = -2 * np.concatenate([[0], np.cumsum(features[:-1, 0])])
    np.testing.assert_allclose(rows[:, 0], np.cos(yaw), atol=1e-5)
    np.testing.assert_allclose(rows[:, 2], np.sin(yaw), atol=1e-5)
    np.testing.assert_array_equal(rows[:, 3:6], np.repeat([[0, 1, 0]], 29, 0))
    np.testing.assert_array_equal(rows[:, 9:], features[:, 193:196])


@torch.no_grad()
def test_text_encoder_ignores_padding_and_reads_every_token() -> None:
    torch.manual_seed(2)
    model = ActorEncoder(6, TINY, 2).eval()
    x, mask = torch.randn(2, 7, 6), torch.tensor([[True] * 7, [True] * 4 + [False] * 3])
    mu, logvar = model(x, mask)
    torch.testing.assert_close(mu[1:], model(x[1:, :4])[0])
    torch.testing.assert_close(logvar[1:], model(x[1:, :4])[1])
    changed = x.clone()
    changed[1, 4:] = 9
    torch.testing.assert_close(model(changed, mask)[0][1], mu[1])
    changed[1, 3] += 1
    assert not torch.allclose(model(changed, mask)[0][1], mu[1], atol=1e-4)


@torch.no_grad()
def test_decoder_is_zero_at_padding_and_blind_to_it() -> None:
    torch.manual_seed(3)
    model = ActorDecoder(5, TINY).eval()
    z = torch.randn(2, 16)
    mask = torch.tensor([[True] * 6, [True] * 3 + [False] * 3])
    out = model(z, mask)
    assert out.shape == (2, 6, 5) and not out[1, 3:].any() and out[1, :3].all()
    torch.testing.assert_close(out[1:, :3], model(z[1:], mask[1:, :3]))


def test_dropout_and_stochastic_depth_keep_the_mean() -> None:
    torch.manual_seed(4)
    x = torch.ones(200_000)
    drop = Dropout(0.1)
    out = drop(x)
    assert out.unique().tolist() == pytest.approx([0.0, 1 / 0.9])
    assert float((out == 0).float().mean()) == pytest.approx(0.1, abs=0.003)
    assert torch.equal(drop.eval()(x), x)
    depth = StochasticDepth(0.1)
    rows = depth(torch.ones(20_000, 3))
    assert torch.equal(rows[:, 0], rows[:, 2])
    assert float((rows[:, 0] == 0).float().mean()) == pytest.approx(0.1, abs=0.01)
    assert depth_rates(2) == [0, 0.1] and torch.equal(depth.eval()(x), x)


def test_published_sizes() -> None:
    with torch.device("meta"):
        system = System(settings_of("motpp-cccl", "paper"), 768)
    motion = system.motion
    assert isinstance(motion, Factorised) and isinstance(motion.head, Head)
    assert motion.position.shape == (9, 256) and motion.frames == 200 and motion.times.shape == (202, 256)
    assert (len(motion.spatial), len(motion.temporal), motion.spatial[0].attention.heads) == (2, 2, 4)
    assert motion.spatial[0].feed_forward[0].out_features == 1024 and motion.head.layers[0].eps == 1e-6
    assert (len(system.text.layers), len(system.decoder.layers)) == (6, 6)
    assert system.text.embed.weight.shape == (256, 768) and system.decoder.out.weight.shape == (263, 256)
    assert vars(system.weights) == {"reconstruction": 1.0, "divergence": 1e-5, "latent": 1e-5, "contrast": 0.1}
    with torch.device("meta"):
        tmr = System(settings_of("tmr", "paper"), 768)
    assert len(tmr.motion.encoder.layers) == 6 and tmr.scales is None and tmr.settings.filter_threshold == 0.6


def test_settings_survive_and_wrong_ones_are_named() -> None:
    for name in CONFIGURATIONS:
        for size in SIZES:
            settings = settings_of(name, size)
            assert Settings.of(settings.plain()) == settings
    assert replace(CONFIGURATIONS["motpp-cccl"], variant="filtered").filtered
    assert not CONFIGURATIONS["motpp-infonce"].taught and CONFIGURATIONS["tmr"].taught
    with pytest.raises(ValueError, match="variant is one of"):
        Settings(variant="50-60")


def test_a_start_of_the_variance_makes_samples_keep_to_their_means() -> None:
    torch.manual_seed(5)
    x, lengths = motions(6, 6, 6, 6)
    batch = Batch(x, lengths, torch.randn(4, 5, 8), torch.ones(4, 5, dtype=torch.bool), torch.eye(4), ["a"] * 4)
    spread = {}
    for start in (0.0, -60.0):
        torch.manual_seed(6)
        system = System(Settings("actor", "infonce", size=TINY, start_logvar=start), 8).eval()
        spread[start] = {float(system.losses(batch, 0)["latent"].detach()) for _ in range(3)}
    # Without variance nothing is drawn: the same loss every time.
    assert len(spread[0.0]) == 3 and len(spread[-60.0]) == 1
