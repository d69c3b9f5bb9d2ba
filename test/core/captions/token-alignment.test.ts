import { readFileSync } from "node:fs";
import { Tokenizer } from "@huggingface/tokenizers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { alignTokens, codePointToUtf16, utf16ToCodePoint } from "../../../src/core/captions/token-alignment.js";

const tokenizer = new Tokenizer(JSON.parse(readFileSync("models/default/tokenizer.json", "utf8")) as object, {});

/** Each token with the characters of the text it is said to stand for. */
function aligned(text: string): [token: string, characters: string][] {
  const { tokens } = tokenizer.encode(text, { add_special_tokens: false });
  const points = Array.from(text);
  return alignTokens(text, tokens).map(([start, end], index) => [tokens[index]!, points.slice(start, end).join("")]);
}

describe("alignTokens on the real tokenizer", () => {
  it.each<[string, [string, string][]]>([
    [
      "A man kicks.",
      [
        ["a", "A"],
        ["man", "man"],
        ["kicks", "kicks"],
        [".", "."],
      ],
    ],
    [
      "Café ÉCOLE e\u0301a",
      [
        ["cafe", "Café"],
        ["ecole", "ÉCOLE"],
        ["ea", "e\u0301a"],
      ],
    ],
    [
      "pirouetting",
      [
        ["pi", "pi"],
        ["##rou", "rou"],
        ["##etti", "etti"],
        ["##ng", "ng"],
      ],
    ],
    [
      "don't stop—now",
      [
        ["don", "don"],
        ["'", "'"],
        ["t", "t"],
        ["stop", "stop"],
        ["—", "—"],
        ["now", "now"],
      ],
    ],
    [
      "走walks李",
      [
        ["[UNK]", "走"],
        ["walks", "walks"],
        ["李", "李"],
      ],
    ],
    ["İstanbul", [["istanbul", "İstanbul"]]],
    [
      "ẞ ß",
      [
        ["ß", "ẞ"],
        ["ß", "ß"],
      ],
    ],
    [
      "ΟΔΟΣ",
      [
        ["ο", "Ο"],
        ["##δ", "Δ"],
        ["##ος", "ΟΣ"],
      ],
    ],
    [
      "a\0b c\u200Bd",
      [
        ["ab", "a\0b"],
        ["cd", "c\u200Bd"],
      ],
    ],
    ["\ud800a\udfff", [["a", "a"]]],
    [
      "👩‍💻 waves 😀😀",
      [
        ["[UNK]", "👩‍💻"],
        ["waves", "waves"],
        ["[UNK]", "😀😀"],
      ],
    ],
    [
      "한",
      [
        ["ᄒ", "한"],
        ["##ᅡ", "한"],
        ["##ᆫ", "한"],
      ],
    ],
    [
      "say [MASK] now",
      [
        ["say", "say"],
        ["[MASK]", "[MASK]"],
        ["now", "now"],
      ],
    ],
    [
      `${"x".repeat(101)} a`,
      [
        ["[UNK]", "x".repeat(101)],
        ["a", "a"],
      ],
    ],
    ["", []],
    [" \n\t ", []],
  ])("reads %j", (text, expected) => {
    expect(aligned(text)).toEqual(expected);
  });

  it("gives added special tokens empty places at both ends", () => {
    const { tokens } = tokenizer.encode("he runs");
    expect(alignTokens("he runs", tokens)).toEqual([
      [0, 0],
      [0, 2],
      [3, 7],
      [7, 7],
    ]);
    const literal = tokenizer.encode("[CLS] x [SEP]").tokens;
    expect(literal).toEqual(["[CLS]", "[CLS]", "x", "[SEP]", "[SEP]"]);
    expect(alignTokens("[CLS] x [SEP]", literal)).toEqual([
      [0, 0],
      [0, 5],
      [6, 7],
      [8, 13],
      [13, 13],
    ]);
  });

  it("reads tokens that were cut short, also within a word", () => {
    const { tokens } = tokenizer.encode("slowly pirouetting");
    expect(alignTokens("slowly pirouetting", tokens.slice(0, 4))).toEqual([
      [0, 0],
      [0, 6],
      [7, 9],
      [9, 12],
    ]);
    expect(alignTokens("slowly pirouetting", [...tokens.slice(0, 4), "[SEP]"])).toEqual([
      [0, 0],
      [0, 6],
      [7, 9],
      [9, 12],
      [18, 18],
    ]);
  });
});

/** Characters that tokenizers treat in ways of their own. */
const oddities = fc.constantFrom(
  ..."éÉñüßẞİıΣσς走李㐀𠀀가힣ᄀ한\u0301\u0327\u302E\u0345\u200B\u200D\uFEFF\u00AD\0\t\n\u0085\u00A0\u3000\uFFFD\uE000`´'’\"-–—#$^~+<=>|…¿«».,/",
  "\ud800",
  "\udc00",
  "👩‍💻",
  "🏃🏽",
  "[SEP]",
  "[CLS]",
  "[MASK]",
  "##ing",
  "ﬁ",
  "①",
);
const texts = fc
  .array(
    fc.oneof(
      oddities,
      fc.constantFrom(" ", "a", "walks", "pirouettes", "LEFT"),
      fc.string({ unit: "grapheme" }),
      fc.string({ unit: "binary" }),
    ),
    {
      maxLength: 20,
    },
  )
  .map((parts) => parts.join(""));

/** Code points that no token stands for. */
const IGNORED = /^[\s\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Mn}\uFFFD]$/u;

describe("alignTokens on any text", () => {
  it("gives every token a place, in order, and leaves no character out", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const { tokens } = tokenizer.encode(text);
        const points = Array.from(text);
        const ranges = alignTokens(text, tokens);
        expect(ranges).toHaveLength(tokens.length);
        const covered = points.map(() => false);
        let last = 0;
        ranges.forEach(([start, end], index) => {
          expect(start).toBeGreaterThanOrEqual(last);
          expect(end).toBeLessThanOrEqual(points.length);
          const added = index === 0 || index === tokens.length - 1;
          if (added) expect(end).toBe(start);
          else expect(end).toBeGreaterThan(start);
          covered.fill(true, start, end);
          last = start;
        });
        points.forEach((point, index) => {
          if (!covered[index] && !IGNORED.test(point)) {
            expect.fail(
              `no token for ${JSON.stringify(point)} at ${index} of ${JSON.stringify(text)}: ${tokens.join(" ")}`,
            );
          }
        });
      }),
      { numRuns: 3000 },
    );
  });

  it("gives each token the characters that spell it", () => {
    // Hangul (several tokens in one syllable), reordered marks and the final sigma are left to the examples above.
    const simple = fc.array(
      fc.constantFrom(..."abcXYZéÉñüçø走李.,-'! \u0301\0\u200B", "walking", "pirouettes", "LEFT"),
      { maxLength: 25 },
    );
    fc.assert(
      fc.property(simple, (parts) => {
        for (const [token, characters] of aligned(parts.join(""))) {
          if (token === "[UNK]") continue;
          const spelling = characters
            .toLowerCase()
            .normalize("NFD")
            .replace(/[\p{Mn}\p{Cc}\p{Cf}]/gu, "");
          expect(spelling).toBe(token.replace(/^##/, ""));
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("never fails on tokens of another text", () => {
    fc.assert(
      fc.property(texts, texts, (text, other) => {
        const ranges = alignTokens(text, tokenizer.encode(other).tokens);
        for (const [start, end] of ranges) expect(start <= end && end <= Array.from(text).length).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

describe("offsets", () => {
  it("are converted between code points and UTF-16", () => {
    expect(codePointToUtf16("a😀b", 2)).toBe(3);
    expect(utf16ToCodePoint("a😀b", 3)).toBe(2);
    expect(utf16ToCodePoint("a😀b", 2)).toBe(1);
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.nat(40), (text, offset) => {
        const points = Array.from(text).length;
        const at = Math.min(offset, points);
        expect(utf16ToCodePoint(text, codePointToUtf16(text, at))).toBe(at);
      }),
    );
  });
});
