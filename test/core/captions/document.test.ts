import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  captionFrames,
  captionLines,
  documentText,
  formatCaptionLine,
  insertCaption,
  parseCaptionDocument,
} from "../../../src/core/captions/document.js";

const only = (text: string) => {
  const { lines } = parseCaptionDocument(text);
  expect(lines).toHaveLength(1);
  return lines[0]!;
};

describe("HumanML3D lines", () => {
  it("give caption, tokens and a time range with exact places", () => {
    const text = "a man kicks.#a/DET man/NOUN kick/VERB#0.0#0.0\nhe turns#he/PRON turn/VERB#1.5#3.25\n";
    const { lines } = parseCaptionDocument(text);
    expect(lines.map(({ kind }) => kind)).toEqual(["humanml3d", "humanml3d"]);
    expect(lines[0]).toMatchObject({
      text: "a man kicks.",
      line: 1,
      start: 0,
      textStart: 0,
      textEnd: 12,
      seconds: undefined,
    });
    expect(lines[0]!.tokens[2]).toEqual({ word: "kick", tag: "VERB" });
    expect(lines[1]).toMatchObject({ text: "he turns", line: 2, seconds: [1.5, 3.25] });
    expect(text.slice(lines[1]!.textStart, lines[1]!.textEnd)).toBe("he turns");
  });

  it.each(["0.0#0.0", "nan#nan", "NaN#nan", "0#0", "0.0#nan"])("belong to the whole motion with times %s", (times) => {
    expect(only(`walks#walk/VERB#${times}`)).toMatchObject({ kind: "humanml3d", seconds: undefined });
  });

  it.each([
    ["walks#walk/ANYTHING#0.0#0.0", [{ word: "walk", tag: "ANYTHING" }]],
    ["walks#walk#0.0#0.0", [{ word: "walk", tag: "" }]],
    ["walks##0.0#0.0", []],
    [
      "and/or walks#and/or/CCONJ walk/VERB#0.0#0.0",
      [
        { word: "and/or", tag: "CCONJ" },
        { word: "walk", tag: "VERB" },
      ],
    ],
  ])("take any tags: %s", (line, tokens) => {
    expect(only(line)).toMatchObject({ kind: "humanml3d", tokens });
  });

  it("may have a # in caption and tokens", () => {
    expect(only("to gate #5#to/ADP gate/NOUN #/SYM 5/NUM#0.0#0.0")).toMatchObject({
      kind: "humanml3d",
      text: "to gate #5",
      tokens: [{ word: "to" }, { word: "gate" }, { word: "#", tag: "SYM" }, { word: "5" }],
    });
  });
});

describe("other lines", () => {
  it("are plain captions when nothing looks like a field", () => {
    expect(only("  A person walks. ")).toMatchObject({
      kind: "plain",
      text: "A person walks.",
      textStart: 2,
      textEnd: 17,
    });
    expect(only("he goes to gate #5")).toMatchObject({ kind: "plain", text: "he goes to gate #5" });
  });

  it.each([
    ["walks#walk/VERB", "2 of the 4 fields"],
    ["walks#walk/VERB#0.0", "3 of the 4 fields"],
    ["walks#walk/VERB#zero#1.0", '"zero" is not a time'],
    ["walks#0.0#0.0", "tagged words is missing"],
    ["walks#walk/VERB#3.0#1.0", "not after its start"],
    ["walks#walk/VERB#2.0#2.0", "not after its start"],
    ["walks#walk/VERB#-1.0#1.0", "negative"],
    ["walks#walk/VERB#0.0#inf", "not finite"],
    ["#walk/VERB#0.0#0.0", "no caption"],
    ["wal\0ks", "NUL"],
    ["w\0a\0l\0k\0#\0w\0/\0V\0#\0" + "0#0", "NUL"],
  ])("are broken with the problem named: %s", (line, problem) => {
    const found = only(line);
    expect(found).toMatchObject({ kind: "broken", raw: line, text: "" });
    expect(found.problem).toContain(problem);
  });

  it("are blank when they hold blanks only, and no captions", () => {
    const document = parseCaptionDocument("\n  \nwalks\n\nbroken#x/VERB\n");
    expect(document.lines.map(({ kind }) => kind)).toEqual(["blank", "blank", "plain", "blank", "broken"]);
    expect(captionLines(document).map(({ line }) => line)).toEqual([3]);
  });
});

describe("documents", () => {
  it("know CRLF, lone CR, a byte order mark and a missing final ending", () => {
    const document = parseCaptionDocument("\uFEFFone\r\ntwo\rthree");
    expect(document.byteOrderMark).toBe(true);
    expect(document.lines.map(({ raw, ending, start }) => [raw, ending, start])).toEqual([
      ["one", "\r\n", 1],
      ["two", "\r", 6],
      ["three", "", 10],
    ]);
    expect(parseCaptionDocument("").lines).toEqual([]);
  });

  const pieces = fc.array(
    fc.oneof(
      fc.constantFrom("\n", "\r\n", "\r", "#", "walks", "a/DET", "0.0", "nan", "\uFEFF", " ", "\0", "\ud800", "\u2028"),
      fc.string({ unit: "grapheme" }),
    ),
    { maxLength: 30 },
  );

  it("are put together again byte for byte, every place exact", () => {
    fc.assert(
      fc.property(pieces, (parts) => {
        const text = parts.join("");
        const document = parseCaptionDocument(text);
        expect(documentText(document)).toBe(text);
        document.lines.forEach((line, index) => {
          expect(line.line).toBe(index + 1);
          expect(text.slice(line.start, line.end)).toBe(line.raw);
          expect(text.slice(line.textStart, line.textEnd)).toBe(line.text);
          expect(line.raw).not.toMatch(/[\r\n]/);
          expect(line.kind === "broken").toBe(line.problem !== undefined);
          if (line.kind === "humanml3d" || line.kind === "plain") expect(line.text).not.toBe("");
        });
      }),
      { numRuns: 500 },
    );
  });

  it("take a new caption anywhere and change nothing else", () => {
    const captions = fc.string({ unit: "grapheme", minLength: 1 }).filter((text) => /[\p{L}\p{N}]/u.test(text));
    fc.assert(
      fc.property(pieces, captions, fc.option(fc.nat(12), { nil: undefined }), (parts, caption, after) => {
        const document = parseCaptionDocument(parts.join(""));
        const edit = insertCaption(document, { text: caption }, after);
        const edited = document.text.slice(0, edit.offset) + edit.text + document.text.slice(edit.offset);
        const lines = parseCaptionDocument(edited).lines;
        const position = Math.min(after ?? Infinity, document.lines.length);
        expect(lines.map(({ raw }) => raw)).toEqual(
          document.lines.map(({ raw }) => raw).toSpliced(position, 0, lines[position]!.raw),
        );
        const inserted = lines[position]!;
        const words = (text: string) => text.replace(/[\s\p{Cc}#]+/gu, " ").trim();
        expect(words(inserted.text)).toBe(words(caption));
      }),
      { numRuns: 300 },
    );
  });
});

describe("formatCaptionLine", () => {
  it("writes lines that are read back as they were meant", () => {
    const line = formatCaptionLine({ text: "He's at gate #5,\nthen sits.", seconds: [0.5, 2] }, "humanml3d");
    expect(line).toBe("He's at gate 5, then sits.#he's/X at/X gate/X 5/X then/X sits/X#0.5#2.0");
    expect(only(line)).toMatchObject({ text: "He's at gate 5, then sits.", seconds: [0.5, 2] });
    expect(formatCaptionLine({ text: "walks #2\nnow" }, "plain")).toBe("walks #2 now");
    const tokens = [{ word: "walk", tag: "VERB" }];
    expect(formatCaptionLine({ text: "walks", tokens }, "humanml3d")).toBe("walks#walk/VERB#0.0#0.0");
  });

  it("refuses what cannot be a caption", () => {
    expect(() => formatCaptionLine({ text: " \n# " }, "humanml3d")).toThrow(RangeError);
    expect(() => formatCaptionLine({ text: "walks", seconds: [2, 1] }, "humanml3d")).toThrow(RangeError);
  });

  it("follows the kind of the file when inserted", () => {
    const insert = (text: string) => insertCaption(parseCaptionDocument(text), { text: "he sits" });
    expect(insert("he walks\r\n")).toEqual({ offset: 10, text: "he sits\r\n" });
    expect(insert("walks#walk/VERB#0.0#0.0")).toEqual({ offset: 23, text: "\nhe sits#he/X sits/X#0.0#0.0" });
    expect(insert("")).toEqual({ offset: 0, text: "he sits#he/X sits/X#0.0#0.0\n" });
    expect(insert("\uFEFF").offset).toBe(1);
  });
});

describe("captionFrames", () => {
  const motion = { frames: 100, fps: 20 };

  it("cuts as HumanML3D does", () => {
    expect(captionFrames({ seconds: [0.15, 3.99] }, motion)).toEqual([3, 79]);
    expect(captionFrames({ seconds: [2, 60] }, motion)).toEqual([40, 100]);
    expect(captionFrames({ seconds: [0.01, 0.02] }, motion)).toEqual([0, 1]);
    expect(captionFrames({ seconds: [2.3, 2.9] }, { frames: 100, fps: 10 })).toEqual([23, 29]);
  });

  it("is the whole motion without a range, and outside", () => {
    expect(captionFrames({}, motion)).toBeUndefined();
    expect(captionFrames({ seconds: [5, 6] }, motion)).toBeUndefined();
  });
});
