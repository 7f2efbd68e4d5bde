/** The command line is wrong: the exit code is 2, and its help is pointed at. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
