import { FormatError } from '../../core/errors.js';
import { ByteWindow } from '../files/byte-window.js';
import type { Source } from '../files/source.js';
import { callGlobal, isAllowedGlobal, setState } from './pickle-globals.js';
import { latin1 } from './pickle-text.js';
import {
  Budget,
  type Caller,
  cost,
  describePickled,
  type Pickled,
  PickledGlobal,
  PickledTuple,
  type Place,
} from './pickle-values.js';

/** Bytes and text up to this length are taken from the window; longer ones stay in the file until somebody needs them. */
const shortLength = 1 << 15;

const stop = 0x2e;
const newestProtocol = 5;
const longestName = 256;

/** What writes the data of others' objects, by the package that they are of. */
const remedies: Readonly<Record<string, string | undefined>> = Object.assign(Object.create(null), {
  joblib: "np.savez('arrays.npz', X=X, y=y) writes the arrays that joblib loads",
  pandas: "table.to_csv('table.csv', index=False) writes it as CSV",
  sklearn:
    "np.savez('mlp.npz', *mlp.coefs_, *mlp.intercepts_) writes the weights of a net for loadSklearnWeights",
  torch:
    'safetensors.torch.save_file(net.state_dict(), path) writes the weights of a net for loadTorchStateDict',
});

/** What an opcode does; a promise where the window must move for it. */
export type Opcode = (machine: PickleMachine) => Promise<void> | undefined;

/** The opcodes that are followed, and the names of all, by their numbers. */
export interface Opcodes {
  readonly followed: ReadonlyMap<number, Opcode>;
  readonly names: ReadonlyMap<number, string>;
}

/**
 * The machine that a pickle is a program for, cut down to data: it knows no opcode that finds, makes or calls what is not on
 * the list in pickle-globals.ts.
 */
export class PickleMachine implements Caller {
  readonly window: ByteWindow;
  readonly budget: Budget;
  readonly #name: string;
  readonly #stack: Pickled[] = [];
  /** Where on the stack the open marks stand. */
  readonly #marks: number[] = [];
  /** The largest height of both. */
  #peak = 0;
  readonly #memo = new Memo();
  /** Where the opcode that is being followed stands. */
  #at = 0;

  constructor(source: Source) {
    this.window = new ByteWindow(source);
    this.budget = new Budget(source);
    this.#name = source.name;
  }

  /**
   * @returns the value that the pickle leaves on the stack
   * @throws FormatError for whatever is no pickle of plain data, with the byte
   */
  async run({ followed, names }: Opcodes): Promise<Pickled> {
    const { window } = this;
    for (;;) {
      // An opcode and its number take at most nine bytes.
      if (window.ready < 16) await window.prepare(16);
      this.#at = window.position;
      const opcode = window.uint8();
      if (opcode === stop) break;
      const follow = followed.get(opcode);
      if (follow === undefined) throw this.#unknown(opcode, names.get(opcode));
      const pending = follow(this);
      if (pending !== undefined) await pending;
    }
    const value = this.pop();
    if (this.#stack.length > 0 || this.#marks.length > 0) {
      throw this.error('one value when the pickle stops', `${this.#stack.length + 1} or open marks`);
    }
    if (window.rest > 0) {
      throw new FormatError(
        `${this.#name}: expected the file to end with the pickle, at byte ${window.position}, but more follows`,
      );
    }
    return value;
  }

  /** What is wrong at the opcode that is being followed. */
  error(expected: string, received: string): FormatError {
    return new FormatError(
      `${this.where}: expected ${expected} but received ${received} at byte ${this.#at}`,
    );
  }

  /** Opens the message of an error. */
  get where(): string {
    return this.#name;
  }

  push(value: Pickled): undefined {
    this.#stack.push(value);
    this.#measure();
  }

  pop(): Pickled {
    if (this.#stack.length <= (this.#marks.at(-1) ?? 0)) throw this.error('a value on the stack', 'none');
    return this.#stack.pop()!;
  }

  /** The uppermost value, which stays. */
  top(): Pickled {
    if (this.#stack.length <= (this.#marks.at(-1) ?? 0)) throw this.error('a value on the stack', 'none');
    return this.#stack.at(-1)!;
  }

  mark(): undefined {
    this.#marks.push(this.#stack.length);
    this.#measure();
  }

  /** The values above the uppermost mark, which they leave together with it. */
  popToMark(): Pickled[] {
    const mark = this.#marks.pop();
    if (mark === undefined) throw this.error('a mark on the stack', 'none');
    return this.#stack.splice(mark);
  }

  /** The uppermost value, or the mark if there is none above it. */
  discard(): undefined {
    if (this.#marks.at(-1) === this.#stack.length) this.#marks.pop();
    else this.pop();
  }

  store(index: number): undefined {
    this.budget.take(this.#memo.set(index, this.top()));
  }

  memoize(): undefined {
    this.store(this.#memo.size);
  }

  recall(index: number): undefined {
    const value = this.#memo.get(index);
    if (value === undefined) throw this.error('a number that something was stored under', String(index));
    this.push(value);
  }

  checkProtocol(version: number): undefined {
    if (version > newestProtocol) throw this.error(`a protocol up to ${newestProtocol}`, String(version));
  }

  checkFrame(length: number): undefined {
    this.#checkLength(length);
  }

  /** A line of letters, as short as names and numbers are. */
  async word(most: number): Promise<string> {
    return latin1(await this.window.line(most));
  }

  /** Where the next bytes are: in memory if they are few, as a view that is good until the window moves, else in the file. */
  async place(length: number): Promise<Place> {
    this.#checkLength(length);
    const { window } = this;
    if (length > shortLength) {
      const start = window.position;
      window.skip(length);
      return { start, length, utf8: false };
    }
    if (window.ready < length) await window.prepare(length);
    return { inline: window.bytes(length) };
  }

  async pushGlobal(): Promise<void> {
    const [module, name] = [await this.word(longestName), await this.word(longestName)];
    this.#pushGlobal(module, name);
  }

  pushGlobalFromStack(): undefined {
    const [name, module] = [this.pop(), this.pop()];
    if (typeof module !== 'string' || typeof name !== 'string') {
      throw this.error(
        'the names of a module and of a global',
        `${describePickled(module)} and ${describePickled(name)}`,
      );
    }
    this.#pushGlobal(module, name);
  }

  /** INST: a class by its name. */
  async refuseInstance(): Promise<never> {
    throw this.#forbidden(`${await this.word(longestName)}.${await this.word(longestName)}`);
  }

  reduce(): undefined {
    const [args, callee] = [this.pop(), this.pop()];
    if (!(callee instanceof PickledGlobal)) throw this.error('a global to call', describePickled(callee));
    if (!(args instanceof PickledTuple)) throw this.error('a tuple of arguments', describePickled(args));
    this.budget.take(cost.made);
    this.push(callGlobal(callee, args.items, this));
  }

  build(): undefined {
    const state = this.pop();
    setState(this.top(), state, this);
  }

  #measure(): void {
    const height = this.#stack.length + this.#marks.length;
    if (height <= this.#peak) return;
    this.#peak = height;
    this.budget.take(cost.slot);
  }

  #pushGlobal(module: string, name: string): undefined {
    const full = `${module}.${name}`;
    if (!isAllowedGlobal(full)) throw this.#forbidden(full);
    this.budget.take(cost.global);
    this.push(new PickledGlobal(full));
  }

  #forbidden(name: string): FormatError {
    const shown = (name.length > 100 ? `${name.slice(0, 100)}…` : name).replaceAll(/[^ -~…]/g, '?');
    const { message } = this.error(
      'plain data and NumPy arrays alone',
      `the global ${shown} (which was neither imported nor called)`,
    );
    const remedy = remedies[name.slice(0, name.indexOf('.'))];
    return new FormatError(remedy === undefined ? message : `${message}; in Python, ${remedy}`);
  }

  #unknown(opcode: number, name: string | undefined): FormatError {
    const code = `0x${opcode.toString(16).padStart(2, '0')}`;
    return name === undefined
      ? this.error('an opcode of a pickle', code)
      : this.error(
          'plain data and NumPy arrays alone',
          `the opcode ${name} (${code}), which makes other objects,`,
        );
  }

  #checkLength(length: number): void {
    const { rest } = this.window;
    if (length < 0 || length > rest)
      throw this.error(`at most the ${rest} bytes that follow`, `a length of ${length}`);
  }
}

/** What was stored under numbers: most pickles count them up. */
class Memo {
  readonly #dense: (Pickled | undefined)[] = [];
  readonly #sparse = new Map<number, Pickled>();
  size = 0;

  /** @returns what it cost in bytes */
  set(index: number, value: Pickled): number {
    if (this.get(index) === undefined) this.size++;
    const gap = index - this.#dense.length;
    if (gap > 1) {
      this.#sparse.set(index, value);
      return cost.sparse;
    }
    // Some begin at 1.
    if (gap === 1) this.#dense.push(this.#sparse.get(index - 1));
    this.#dense[index] = value;
    return gap < 0 ? 0 : cost.slot * (gap + 1);
  }

  get(index: number): Pickled | undefined {
    return index < this.#dense.length ? this.#dense[index] : this.#sparse.get(index);
  }
}
