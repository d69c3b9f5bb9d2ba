import { Tokenizer } from "@huggingface/tokenizers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { alignByteTokens, bytesOfToken } from "../../../src/core/captions/byte-level-alignment.js";

/** The characters that stand for bytes, in the order of the bytes. */
const ALPHABET = Array.from({ length: 0x300 }, (_, point) => String.fromCodePoint(point))
  .filter((character) => bytesOfToken(character) !== undefined)
  .sort((a, b) => bytesOfToken(a)![0]! - bytesOfToken(b)![0]!);
const SPECIAL = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"];

/** A tokenizer as RoBERTa's, with a few merges: single bytes, and some words. */
function byteLevelTokenizer(): Tokenizer {
  const merges = ["a n", "Ġ p", "e r", "Ġp er", "s o", "so n", "Ġper son", "Ã ©", "Ġ w", "Ġw a", "l k", "s s"];
  const tokens = [...SPECIAL, ...ALPHABET, ...merges.map((merge) => merge.replace(" ", ""))];
  const file = {
    added_tokens: SPECIAL.map((content, id) => ({ id, content, special: true, normalized: false })),
    normalizer: null,
    pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
    post_processor: {
      type: "RobertaProcessing",
      sep: ["</s>", 2],
      cls: ["<s>", 0],
      trim_offsets: true,
      add_prefix_space: false,
    },
    decoder: { type: "ByteLevel" },
    model: {
      type: "BPE",
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges,
      unk_token: null,
    },
  };
  return new Tokenizer(file, {});
}

const tokenizer = byteLevelTokenizer();

/** Each token with the characters it stands for. */
function placed(text: string): [string, string][] {
  const { tokens } = tokenizer.encode(text);
  const characters = Array.from(text);
  return alignByteTokens(text, tokens).map(([start, end], index) => [
    tokens[index]!,
    characters.slice(start, end).join(""),
  ]);
}

describe("alignByteTokens on a byte-level tokenizer", () => {
  it("leaves the space before a word out", () => {
    expect(placed("a person")).toEqual([
      ["<s>", ""],
      ["a", "a"],
      ["Ġperson", "person"],
      ["</s>", ""],
    ]);
    expect(placed(" person").slice(1, -1)).toEqual([["Ġperson", "person"]]);
  });

  it("keeps the place of white space that stands alone", () => {
    expect(placed("a  person").slice(1, -1)).toEqual([
      ["a", "a"],
      ["Ġ", " "],
      ["Ġperson", "person"],
    ]);
  });

  it("gives all parts of a split character its place", () => {
    expect(placed("é👋").slice(1, -1)).toEqual([
      ["Ã©", "é"],
      ["ð", "👋"],
      ["Ł", "👋"],
      ["ĳ", "👋"],
      ["ĭ", "👋"],
    ]);
  });

  it("tells special tokens that are written in the text from the added ones", () => {
    expect(placed("<s> wa </s>")).toEqual([
      ["<s>", ""],
      ["<s>", "<s>"],
      ["Ġwa", "wa"],
      ["Ġ", " "],
      ["</s>", "</s>"],
      ["</s>", ""],
    ]);
  });
});

describe("alignByteTokens", () => {
  it("takes tokens that were cut short, and tokens of another text", () => {
    expect(alignByteTokens("a person walks", ["<s>", "a", "Ġper", "</s>"])).toEqual([
      [0, 0],
      [0, 1],
      [2, 5],
      [5, 5],
    ]);
    expect(alignByteTokens("he runs", ["he", "Ġwalks", "Ġruns"])).toEqual([
      [0, 2],
      [2, 2],
      [3, 7],
    ]);
  });

  it("takes a space that the tokenizer put before the text", () => {
    expect(alignByteTokens("he", ["<s>", "Ġhe", "</s>"])).toEqual([
      [0, 0],
      [0, 2],
      [2, 2],
    ]);
  });

  it("gives every byte of any text to the token that spells it, in order", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 20 }), (text) => {
        const { tokens } = tokenizer.encode(text);
        if (tokens.slice(1, -1).some((token) => SPECIAL.includes(token))) return;
        const ranges = alignByteTokens(text, tokens).slice(1, -1);
        const characters = Array.from(text);
        const bytes = tokens.slice(1, -1).map((token) => bytesOfToken(token)!);
        const encoder = new TextEncoder();
        expect(bytes.flat()).toEqual([...encoder.encode(text)]);
        let at = 0;
        ranges.forEach(([start, end], index) => {
          expect(end).toBeGreaterThan(start);
          const until = at + bytes[index]!.length;
          const before = encoder.encode(characters.slice(0, end).join("")).length;
          expect(before).toBeGreaterThanOrEqual(until);
          expect(encoder.encode(characters.slice(0, end - 1).join("")).length).toBeLessThan(until);
          at = until;
        });
      }),
      { numRuns: 300 },
    );
  });
});
