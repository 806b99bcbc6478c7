/** A constant of the build. */
declare const __GEMMNET_VERSION__: string;

/** The version of gemmnet itself. */
export function packageVersion(): string {
  return __GEMMNET_VERSION__;
}
