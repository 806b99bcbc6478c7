import { readFileSync } from 'node:fs';
import { FormatError, StateError } from '../../core/errors.js';
import { externalRemedy, requireFromPackage } from '../../core/process/package-place.js';

/**
 * libjpeg-turbo 2.0.4 as WebAssembly, of the package @cwasm/jpeg-turbo. Its own index.js shares one instance for ever, which a trap would
 * leave in pieces and a large picture large, and makes RGBA of everything; so the instances are made here.
 */

/** The pixels, and what libjpeg had to say of them. */
export interface Decoded {
  /** Of shape (height, width, channels), in WebAssembly's memory: the next picture takes their place. */
  readonly pixels: Uint8Array;
  /** How often the decoder met data that it could make no sense of, and put something in their place. */
  readonly warnings: number;
  /** What it said the first time. */
  readonly warning: string;
}

/** Those of WebAssembly's types that are needed here; TypeScript has them with the DOM alone. */
interface WasmExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  malloc(size: number): number;
  free(address: number): void;
  tjInitDecompress(): number;
  tjDestroy(decompressor: number): number;
  tjDecompress2(
    decompressor: number,
    input: number,
    inputSize: number,
    output: number,
    width: number,
    pitch: number,
    height: number,
    pixelFormat: number,
    flags: number,
  ): number;
}
interface WasmApi {
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
}

/** Pixel formats of turbojpeg.h, by the number of channels. */
const pixelFormats = { 1: 6, 3: 0 } as const;

/**
 * turbojpeg.c's `struct my_error_mgr` is libjpeg's `struct jpeg_error_mgr` with the jump buffer behind it, whose address setjmp is given.
 * The inner one ends with the number of warnings and five words of message tables. In bytes.
 */
const warningsBeforeJumpBuffer = 24;

/** What libjpeg's last message is before there was any. Memory holds it as a constant, and behind all constants as that message. */
const noMessage = Buffer.from('No error\0');

const tooLarge = 'WebAssembly has 4 GiB at most';
/** In bytes, with some for what there is beside. */
const addressable = 2 ** 32 - 2 ** 20;

/** An instance with more memory than this is not kept: WebAssembly's memory grows only. In bytes. */
const mostKept = 1 << 25;

let compiled: object | undefined;
let idle: Instance | undefined;

/** libjpeg's error_exit jumps, and so leaves WebAssembly. */
class Jump extends Error {}

class Instance {
  readonly #exports: WasmExports;
  readonly #message: number;
  readonly #input: Scratch;
  readonly #output: Scratch;
  #jumpBuffer = 0;

  constructor(api: WasmApi, code: object) {
    const unused = (name: string) => () => {
      throw new Error(`${name} is not to be called`);
    };
    this.#exports = new api.Instance(code, {
      env: {
        setjmp: (buffer: number) => {
          this.#jumpBuffer = buffer;
          return 0;
        },
        longjmp: () => {
          throw new Jump();
        },
      },
      wasi_snapshot_preview1: {
        // It asks for variables that switch SIMD off, and there are none.
        environ_sizes_get: () => 0,
        environ_get: unused('environ_get'),
        proc_exit: unused('proc_exit'),
        fd_close: unused('fd_close'),
        fd_seek: unused('fd_seek'),
        fd_write: unused('fd_write'),
      },
    }).exports as WasmExports;
    this.#message = this.#bytes.lastIndexOf(noMessage);
    this.#input = new Scratch(this.#exports);
    this.#output = new Scratch(this.#exports);
  }

  /** A view that the next growth of the memory ends. */
  get #bytes(): Buffer {
    return Buffer.from(this.#exports.memory.buffer);
  }

  get memory(): number {
    return this.#exports.memory.buffer.byteLength;
  }

  /** What libjpeg said last. */
  get message(): string {
    const bytes = this.#bytes;
    return bytes.toString('latin1', this.#message, bytes.indexOf(0, this.#message));
  }

  /** @throws RangeError where the memory does not suffice */
  decode(bytes: Uint8Array, height: number, width: number, channels: 1 | 3): Decoded {
    const { tjInitDecompress, tjDecompress2, tjDestroy } = this.#exports;
    const size = height * width * channels;
    const output = this.#output.atLeast(size);
    const input = this.#input.atLeast(bytes.length);
    const decompressor = tjInitDecompress();
    if (decompressor === 0) throw new RangeError(tooLarge);
    this.#bytes.set(bytes, input);
    const [pitch, format] = [width * channels, pixelFormats[channels]];
    const status = tjDecompress2(decompressor, input, bytes.length, output, width, pitch, height, format, 0);
    const warnings = this.#bytes.readInt32LE(this.#jumpBuffer - warningsBeforeJumpBuffer);
    tjDestroy(decompressor);
    return {
      pixels: new Uint8Array(this.#exports.memory.buffer, output, size),
      // It may have failed without a warning of libjpeg's.
      warnings: status === 0 ? 0 : Math.max(warnings, 1),
      warning: status === 0 ? '' : this.message,
    };
  }
}

/** Memory of an instance that one picture after the other uses. */
class Scratch {
  readonly #exports: WasmExports;
  #address = 0;
  #size = 0;

  constructor(exports: WasmExports) {
    this.#exports = exports;
  }

  /**
   * The address of memory for `size` bytes, whose contents are lost when it grows.
   * @throws RangeError where the memory does not suffice
   */
  atLeast(size: number): number {
    if (size <= this.#size) return this.#address;
    const { malloc, free } = this.#exports;
    free(this.#address);
    // What is larger would be taken for something small.
    this.#address = size < addressable ? malloc(size) >>> 0 : 0;
    this.#size = this.#address === 0 ? 0 : size;
    if (this.#address === 0) throw new RangeError(tooLarge);
    return this.#address;
  }
}

/**
 * Decodes a JPEG picture whose structure has been checked.
 * @param channels 1 for a grey one, else 3
 * @param name of the file, opens messages
 * @param take gets what was decoded, which is lent to it until it returns
 * @returns what `take` does
 * @throws FormatError for damaged data
 * @throws RangeError where the memory does not suffice
 * @throws StateError where there is no WebAssembly, or not the package; and what `take` throws
 */
export function decodeWithTurbo<Result>(
  bytes: Uint8Array,
  height: number,
  width: number,
  channels: 1 | 3,
  name: string,
  take: (decoded: Decoded) => Result,
): Result {
  const instance = anInstance(name);
  let decoded: Decoded;
  try {
    decoded = instance.decode(bytes, height, width, channels);
  } catch (cause) {
    if (cause instanceof RangeError) throw cause;
    const reason = cause instanceof Jump ? instance.message : (cause as Error).message;
    throw new FormatError(`${name}: the JPEG data are damaged: ${reason}`, { cause });
  }
  try {
    return take(decoded);
  } finally {
    if (instance.memory <= mostKept) idle = instance;
  }
}

/** Nobody else has it until it is put back, which one that jumped or trapped never is. */
function anInstance(name: string): Instance {
  const api = (globalThis as { WebAssembly?: WasmApi }).WebAssembly;
  if (api === undefined) {
    throw new StateError(
      `${name}: JPEG pictures are decoded by WebAssembly, which is switched off here (node --jitless); ` +
        'start Node without that flag, or convert the picture to PNG',
    );
  }
  if (idle !== undefined) {
    const instance = idle;
    idle = undefined;
    return instance;
  }
  try {
    compiled ??= new api.Module(
      readFileSync(requireFromPackage().resolve('@cwasm/jpeg-turbo/jpeg-turbo.wasm')),
    );
  } catch (cause) {
    throw new StateError(
      `${name}: JPEG pictures are decoded by the package @cwasm/jpeg-turbo, which cannot be loaded; install it` +
        `, and where there is a bundle, ${externalRemedy}: ${(cause as Error).message}`,
      { cause },
    );
  }
  return new Instance(api, compiled);
}
