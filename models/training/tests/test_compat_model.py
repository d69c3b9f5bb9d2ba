"""The published system's model: images, MaxSim, which tokens count, losses, masked words, and places of tokens in the text."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

from motion_lens_training.compat.align import BYTE_OF, byte_level_ranges, placed_tokens
from motion_lens_training.compat.mlm import mask_tokens, mlm_loss
from motion_lens_training.compat.model import EMBEDDINGS, SCALE, CompatModel, CompatSize, Special, losses, maxsim
from motion_lens_training.compat.text import TextSize, hidden_states, masked_language_model, score_mask, vocabulary_scores
from motion_lens_training.compat.vit import VisionTransformer
from motion_lens_training.text_model import load_tokenizer

TINY = CompatSize(64, 2, TextSize("distilbert", 300, 64, 64, 1, 96), dim=32)

#: Captions for a small byte-level tokenizer: Chinese and emoji have characters of three and four bytes.
CAPTIONS = [
    "a person walks forward, then waves with the left hand.",
    " a person walks  backwards",
    "une personne lève la main gauche à côté d'elle",
    "人が前に歩く、そして手を振る",
    "человек идёт вперёд",
    "the person 👋🏽 waves 🕺 and dances",
    "someone's arms are raised\tand\nlowered",
]


def byte_level_tokenizer(size: int = 320) -> Tokenizer:
    """A byte-level BPE tokenizer like RoBERTa's, trained here on a few captions."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    trainer = trainers.BpeTrainer(vocab_size=size, special_tokens=special, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(CAPTIONS[:3] * 4, trainer)
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), trim_offsets=True, add_prefix_space=False)
    return tokenizer


def test_image_has_time_in_rows_and_parts_in_bands() -> None:
    torch.manual_seed(0)
    encoder = CompatModel(TINY).motion_encoder
    assert EMBEDDINGS[:4] == ("embed_global", "embed_pelvis", "embed_r_hip", "embed_l_hip")
    angles = torch.randn(1, 224, 29)
    image = encoder.image(angles)
    assert image.shape == (1, 3, 224, 224)
    assert torch.equal(image[:, 0], image[:, 1]) and torch.equal(image[:, 0], image[:, 2])
    other = angles.clone()
    other[0, 40, 12] += 1  # the right knee, part 4
    changed = (encoder.image(other) != image)[0, 0].nonzero()
    assert set(changed[:, 0].tolist()) == {40}
    assert set(changed[:, 1].tolist()) == set(range(64, 80))
    assert encoder.image(angles[:, :112]).shape == (1, 3, 224, 224)


def test_patch_tokens_come_before_the_last_norm_and_without_the_class_token() -> None:
    torch.manual_seed(0)
    vit = VisionTransformer(64, 2).eval()
    vit.reset()
    image = torch.randn(2, 3, 224, 224)
    with torch.no_grad():
        before = vit(image)
        vit.norm.weight.zero_()
        assert before.shape == (2, 196, 64) and torch.equal(vit(image), before)
        # A patch's own pixels reach its own token most directly: row major, 14 * time + part.
        embedded = vit.patch_embed(image)
        pixels = image.clone()
        pixels[:, :, 16 * 3 : 16 * 4, 16 * 5 : 16 * 6] += 1
        changed = (vit.patch_embed(pixels) != embedded).any(-1)[0].nonzero().flatten()
    assert changed.tolist() == [14 * 3 + 5]


@pytest.mark.parametrize("family", ["distilbert", "roberta"])
def test_text_models_give_what_transformers_gives(family: str) -> None:
    torch.manual_seed(0)
    model = masked_language_model(TextSize(family, 120, 40, 128, 2, 192)).eval()  # type: ignore[arg-type]
    ids = torch.randint(5, 120, (3, 9))
    attention = torch.ones_like(ids)
    attention[1, 6:], attention[2, 3:] = 0, 0
    ids[attention == 0] = 1 if family == "roberta" else 0
    with torch.no_grad():
        ours = hidden_states(model, ids, attention)
        theirs = model(input_ids=ids, attention_mask=attention, output_hidden_states=True)
        scores = vocabulary_scores(model, ours)
    real = attention.bool()
    torch.testing.assert_close(ours[real], theirs.hidden_states[-1][real], atol=1e-5, rtol=0)
    torch.testing.assert_close(scores[real], theirs.logits[real], atol=1e-5, rtol=0)


def test_which_tokens_are_scored() -> None:
    attention = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])
    # Officially the shorter text keeps its closing token (position 2); the product scores neither end.
    assert score_mask(attention, "official").int().tolist() == [[0, 1, 1, 1, 0], [0, 1, 1, 0, 0]]
    assert score_mask(attention, "product").int().tolist() == [[0, 1, 1, 1, 0], [0, 1, 0, 0, 0]]
    # A single text is its batch's longest: both ways agree.
    one = torch.ones(1, 7)
    assert torch.equal(score_mask(one, "official"), score_mask(one, "product"))


def test_maxsim_by_hand() -> None:
    tokens = torch.tensor([[[1.0, 0], [0, 1], [0.6, 0.8]], [[0.8, 0.6], [1, 0], [0, 0]]])
    scored = torch.tensor([[True, True, False], [True, False, False]])
    patches = torch.tensor([[[1.0, 0], [0.6, 0.8]], [[0, 1], [0, -1]]])
    # Text 0, motion 0: max(1, .6) and max(0, .8); motion 1: 0 and 1. Text 1: max(.8, .96) and .6.
    torch.testing.assert_close(maxsim(tokens, scored, patches), torch.tensor([[0.9, 0.5], [0.96, 0.6]]))
    assert maxsim(tokens, torch.zeros_like(scored), patches).tolist() == [[0, 0], [0, 0]]


def test_losses_by_their_definition() -> None:
    torch.manual_seed(0)
    model = CompatModel(TINY).eval()
    angles, ids = torch.randn(4, 224, 29), torch.randint(5, 300, (4, 8))
    attention = torch.ones_like(ids)
    attention[2, 5:] = 0
    special = Special(mask=4, pad=0, all=frozenset({0, 1, 2, 3, 4}))
    with torch.no_grad():
        terms = losses(model, angles, ids, attention, special, torch.Generator().manual_seed(1))
        scores = SCALE * maxsim(model.text(ids, attention), score_mask(attention, "official"), model.motion(angles))
        rows = -scores.log_softmax(1).diagonal().mean()
        columns = -scores.log_softmax(0).diagonal().mean()
    torch.testing.assert_close(terms["match"], (rows + columns) / 2)
    torch.testing.assert_close(terms["total"], terms["match"] + 0.2 * terms["mlm"])
    assert not any("scale" in name for name, _ in model.named_parameters()) and pytest.approx(14.2857, abs=1e-4) == SCALE


def test_training_tells_motions_apart() -> None:
    torch.manual_seed(0)
    model = CompatModel(TINY, drop_path=0.0)
    model.motion_encoder.model.reset()
    angles = torch.randn(4, 1, 29).expand(-1, 224, -1).contiguous()
    ids = torch.randint(5, 300, (4, 8))
    special = Special(mask=4, pad=0, all=frozenset({0, 1, 2, 3, 4}))
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.1)
    generator = torch.Generator().manual_seed(0)
    found = []
    for _ in range(60):
        terms = losses(model, angles, ids, torch.ones_like(ids), special, generator)
        optimiser.zero_grad()
        terms["total"].backward()
        optimiser.step()
        found.append(terms["match"].item())
    # The logarithm of four is what knowing nothing costs.
    assert found[0] > 1.2 and found[-1] < 0.3
    silent = [n for n, p in model.named_parameters() if p.grad is None or not p.grad.any()]
    # The last norm is published, but patches are taken before it.
    assert set(silent) == {"motion_encoder.model.norm.weight", "motion_encoder.model.norm.bias"}


def test_masking_takes_the_shares_of_bert() -> None:
    generator = torch.Generator().manual_seed(0)
    ids = torch.randint(10, 1000, (400, 100), generator=generator)
    maskable = torch.ones_like(ids, dtype=torch.bool)
    maskable[:, 0] = False
    shown, chosen = mask_tokens(ids, maskable, 4, (10, 1000), generator)
    assert not chosen[:, 0].any() and torch.equal(shown[~chosen], ids[~chosen])
    assert chosen[:, 1:].float().mean().item() == pytest.approx(0.15, abs=0.01)
    masked, same = (shown[chosen] == 4).float().mean().item(), (shown[chosen] == ids[chosen]).float().mean().item()
    assert masked == pytest.approx(0.8, abs=0.02) and same == pytest.approx(0.1, abs=0.02)


def test_masked_words_are_the_chosen_ones_only() -> None:
    seen: list[torch.Tensor] = []

    def logits(shown: torch.Tensor, attention: torch.Tensor, chosen: torch.Tensor) -> torch.Tensor:
        assert not chosen[attention == 0].any() and not chosen[shown == 1].any()
        seen.append(chosen)
        return torch.zeros(int(chosen.sum()), 50)

    ids = torch.randint(5, 50, (16, 20))
    ids[:, 0] = 1
    attention = torch.ones_like(ids)
    attention[:, 15:] = 0
    generator = torch.Generator().manual_seed(0)
    value = mlm_loss(logits, ids, attention, mask_id=4, special_ids={0, 1, 2, 3, 4}, random_ids=(5, 50), generator=generator)
    assert seen[0].any() and value.item() == pytest.approx(np.log(50))
    nothing = mlm_loss(logits, ids[:, :1], attention[:, :1], mask_id=4, special_ids={1}, random_ids=(5, 50), generator=generator)
    assert nothing.item() == 0


def test_places_of_word_pieces() -> None:
    found = placed_tokens(load_tokenizer(), "A person pirouettes, slowly.")
    assert [(t.text, t.start, t.end) for t in found][:3] == [("a", 0, 1), ("person", 2, 8), ("pi", 9, 11)]
    assert "".join("A person pirouettes, slowly."[t.start : t.end] for t in found) == "Apersonpirouettes,slowly."


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.sampled_from(CAPTIONS), st.text(st.characters(exclude_categories=["Cs"]), max_size=30)))
def test_places_of_byte_level_tokens_are_the_librarys(text: str) -> None:
    encoding = BYTE_LEVEL.encode(text)
    placed = placed_tokens(BYTE_LEVEL, text)
    assert len(placed) == len(encoding.tokens) - 2
    at = 0
    for token, place, (start, end) in zip(encoding.tokens[1:-1], placed, encoding.offsets[1:-1], strict=True):
        if token in ("<s>", "</s>", "<pad>", "<unk>", "<mask>"):
            return
        # The library, told to trim, leaves nothing of white space alone; here it keeps its place.
        if text[start:end].strip(" \t\n\r\v\f"):
            assert text[place.start : place.end].rstrip() == text[start:end].strip()
        assert place.start >= at and place.end > place.start
        at = place.start


def test_split_characters_share_their_place() -> None:
    found = placed_tokens(BYTE_LEVEL, "x 👋 歩く")
    wave = [t for t in found if t.text == "👋"]
    assert len(wave) > 1 and {(t.start, t.end) for t in wave} == {(2, 3)}
    assert next(t.text for t in found if t.start >= 4) == "歩"
    spaces = placed_tokens(BYTE_LEVEL, " a person")
    assert (spaces[0].text, spaces[0].start, spaces[0].end) == ("a", 1, 2)


def test_tokens_of_another_text_get_empty_places() -> None:
    assert byte_level_ranges("he runs", ["he", "Ġwalks", "Ġruns"]) == [(0, 2), (2, 2), (3, 7)]
    # A tokenizer may put a space before the text.
    assert byte_level_ranges("he runs", ["Ġhe", "Ġruns"]) == [(0, 2), (3, 7)]
    assert byte_level_ranges("", ["a"]) == [(0, 0)]


BYTE_LEVEL = byte_level_tokenizer()


def test_the_byte_characters_are_the_tokenizers_own() -> None:
    assert set(BYTE_OF) == set(pre_tokenizers.ByteLevel.alphabet())
