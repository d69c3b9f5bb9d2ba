/** Errors that reach the user. The message names the file and says what is wrong and what would fit. */

export class MotionFileError extends Error {
  override readonly name = "MotionFileError";

  /**
   * @param file the file as the user knows it (path or name).
   * @param reason one or more sentences, without the file name: what was found and what would fit.
   */
  constructor(
    readonly file: string,
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`${file}: ${reason}`, options);
  }
}

export class CaptionFileError extends Error {
  override readonly name = "CaptionFileError";

  constructor(
    readonly file: string,
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`${file}: ${reason}`, options);
  }
}
