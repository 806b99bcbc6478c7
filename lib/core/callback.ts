/** What a caller hands in to be called meanwhile. Whoever calls it waits for the promise of an async one, and fails with it. */
export type Callback<Arguments extends readonly unknown[]> =
  | ((...args: Arguments) => void)
  | ((...args: Arguments) => Promise<void>);
