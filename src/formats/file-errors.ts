const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "There is no such file.",
  ENOTDIR: "There is no such file.",
  EACCES: "The file may not be read: permission denied.",
  EPERM: "The file may not be read: permission denied.",
  EISDIR: "This is a folder, not a file.",
  ELOOP: "The symbolic links lead in a circle.",
  ENAMETOOLONG: "The file name is too long.",
  EMFILE: "Too many files are open.",
  EIO: "The disk reported an error while reading.",
};

/** Why the file system refused, in the user's words. */
export function describeFileError(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return (code !== undefined && REASONS[code]) || `The file cannot be read (${code ?? String(error)}).`;
}
