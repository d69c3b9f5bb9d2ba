/**
 * Strict reading of `.npy` headers (NumPy format versions 1 to 3). The dictionary is read as the small Python
 * literal it is; nothing in a file is ever evaluated or unpickled.
 */

export interface NpyHeader {
  readonly version: { readonly major: number; readonly minor: number };
  /** For example `<f4`. */
  readonly dtype: string;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
  /** Byte at which the numbers start. */
  readonly dataOffset: number;
}

/** What is wrong with a header, in the user's words, without the file name. */
export class NpyHeaderError extends Error {
  override readonly name = "NpyHeaderError";
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
/** Magic, version and the longest length field. */
const LONGEST_PREFIX = 12;
/** NumPy's own headers take some hundred bytes; its reader stops at 10,000 unless told otherwise. */
const LONGEST_HEADER = 1 << 16;
const MOST_DIMENSIONS = 64;

/** @throws NpyHeaderError */
export function readNpyHeader(bytes: Uint8Array): NpyHeader {
  if (bytes.length === 0) throw new NpyHeaderError("The file is empty.");
  if (!MAGIC.every((byte, index) => bytes[index] === byte)) {
    throw new NpyHeaderError("This is not a NumPy file: it does not start with the .npy signature.");
  }
  const [major = 0, minor = 0] = bytes.subarray(6, 8);
  if (major < 1 || major > 3 || minor !== 0) {
    throw new NpyHeaderError(`NumPy format version ${major}.${minor} is unknown; 1.0 to 3.0 can be read.`);
  }
  const prefix = major === 1 ? LONGEST_PREFIX - 2 : LONGEST_PREFIX;
  if (bytes.length < prefix) throw new NpyHeaderError("The file ends within its header.");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const dataOffset = prefix + length;
  if (dataOffset > bytes.length) {
    throw new NpyHeaderError(`The header claims ${length} bytes, but the file has only ${bytes.length}.`);
  }
  if (length > LONGEST_HEADER)
    throw new NpyHeaderError(`The header is ${length} bytes long, far more than NumPy writes.`);
  const text = decodeHeader(bytes.subarray(prefix, dataOffset), major);
  return { version: { major, minor }, dataOffset, ...new HeaderReader(text).read() };
}

function decodeHeader(bytes: Uint8Array, major: number): string {
  try {
    return new TextDecoder(major === 3 ? "utf-8" : "latin1", { fatal: true }).decode(bytes);
  } catch {
    throw new NpyHeaderError("The header is not text.");
  }
}

/** Reads `{'descr': '<f4', 'fortran_order': False, 'shape': (170, 22, 3), }`. */
class HeaderReader {
  private at = 0;

  constructor(private readonly text: string) {}

  read(): Pick<NpyHeader, "dtype" | "fortranOrder" | "shape"> {
    let dtype: string | undefined;
    let fortranOrder: boolean | undefined;
    let shape: number[] | undefined;
    this.expect("{");
    while (!this.take("}")) {
      const key = this.string();
      this.expect(":");
      if (key === "descr" && dtype === undefined) dtype = this.dtype();
      else if (key === "fortran_order" && fortranOrder === undefined) fortranOrder = this.boolean();
      else if (key === "shape" && shape === undefined) shape = this.tuple();
      else throw this.damaged();
      if (!this.take(",")) {
        this.expect("}");
        break;
      }
    }
    this.blanks();
    if (this.at < this.text.length || dtype === undefined || fortranOrder === undefined || shape === undefined) {
      throw this.damaged();
    }
    return { dtype, fortranOrder, shape };
  }

  private dtype(): string {
    this.blanks();
    if (this.text[this.at] === "[" || this.text[this.at] === "(") {
      throw new NpyHeaderError("The array holds records with named fields (a structured dtype), not plain numbers.");
    }
    return this.string();
  }

  private boolean(): boolean {
    if (this.take("True")) return true;
    if (this.take("False")) return false;
    throw this.damaged();
  }

  private tuple(): number[] {
    const entries: number[] = [];
    this.expect("(");
    while (!this.take(")")) {
      entries.push(this.integer());
      if (!this.take(",")) {
        // (3) is a number in Python; a shape of one dimension is written (3,).
        if (entries.length === 1) throw this.damaged();
        this.expect(")");
        break;
      }
    }
    if (entries.length > MOST_DIMENSIONS) throw new NpyHeaderError("The shape has more dimensions than NumPy allows.");
    return entries;
  }

  private integer(): number {
    this.blanks();
    // Python 2 wrote long integers with an L.
    const match = /^\d+(?=L?)/.exec(this.text.slice(this.at, this.at + 32));
    if (!match) throw this.damaged();
    this.at += match[0].length;
    if (this.text[this.at] === "L") this.at++;
    const value = Number(match[0]);
    if (!Number.isSafeInteger(value)) throw new NpyHeaderError("The shape claims more numbers than any file can hold.");
    return value;
  }

  private string(): string {
    this.blanks();
    const quote = this.text[this.at];
    const end = quote === "'" || quote === '"' ? this.text.indexOf(quote, this.at + 1) : -1;
    if (end < 0) throw this.damaged();
    const value = this.text.slice(this.at + 1, end);
    if (value.includes("\\")) throw this.damaged();
    this.at = end + 1;
    return value;
  }

  private expect(token: string): void {
    if (!this.take(token)) throw this.damaged();
  }

  private take(token: string): boolean {
    this.blanks();
    if (!this.text.startsWith(token, this.at)) return false;
    this.at += token.length;
    return true;
  }

  private blanks(): void {
    while (/^[ \t\n\r]$/.test(this.text[this.at] ?? "")) this.at++;
  }

  private damaged(): NpyHeaderError {
    return new NpyHeaderError("The NumPy header is damaged: it must give descr, fortran_order and shape.");
  }
}

export interface PlainType {
  readonly kind: "float" | "integer";
  readonly itemSize: number;
}

/** What kinds of dtype cannot be a motion, by their letter. */
const REFUSED_KINDS: Readonly<Record<string, string>> = {
  O: "Python objects, which are never loaded because that can run code",
  S: "byte strings",
  a: "byte strings",
  U: "text",
  V: "raw records",
  c: "complex numbers",
  b: "true/false values",
  M: "dates",
  m: "durations",
};

/** @throws NpyHeaderError for anything but plain real numbers. */
export function plainType(dtype: string): PlainType {
  const match = /^[<>=|]?([a-zA-Z?])(\d*)/.exec(dtype);
  const kind = match?.[1] ?? "";
  const itemSize = Number(match?.[2]);
  const whole = match?.[0] === dtype;
  if (whole && kind === "f" && [2, 4, 8].includes(itemSize)) return { kind: "float", itemSize };
  if (whole && (kind === "i" || kind === "u") && [1, 2, 4, 8].includes(itemSize)) return { kind: "integer", itemSize };
  const what = kind === "f" ? "extended-precision numbers" : (REFUSED_KINDS[kind] ?? "an unknown type");
  throw new NpyHeaderError(`The array has dtype ${dtype} (${what}); float16, float32 or float64 would fit.`);
}
