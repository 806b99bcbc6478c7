import type { Dtype, FloatDtype } from '../core/dtype.js';
import { catalogue, type OpName, opNames } from './catalogue.js';

/** What an operand's dtype must be: the op's own, a fixed one, any that a data set may have, or what results are rounded to. */
export type OperandDtype = 'own' | 'int32' | 'any' | 'rounded';

/** What the numbers of an operand point at: classes, or rows of another operand. */
export type Pointer = 'label' | 'row';

export interface Operand {
  readonly name: string;
  /** A letter (equal letters are equal sizes) or a decimal number. */
  readonly rows: string;
  readonly cols: string;
  readonly dtype: OperandDtype;
  /** That its numbers point at something, of which there are as many as `below` says: the letter of a size. */
  readonly points: { readonly at: Pointer; readonly below: string } | undefined;
  readonly read: boolean;
  readonly written: boolean;
}

export interface Signature {
  /** In the order in which an instruction lists its slots: those read (or updated), then those only written. */
  readonly operands: readonly Operand[];
  readonly scalars: readonly { readonly name: string; readonly written: boolean }[];
  readonly attributes: readonly string[];
}

type Words<Text extends string> = Text extends `${infer Word} ${infer Rest}` ? Word | Words<Rest> : Text;

type Line<Op extends OpName> = (typeof catalogue)[Op];

/** The part of a line before its scalars and attributes. */
type Flow<Text extends string> = Text extends `${infer Part} | ${string}`
  ? Part
  : Text extends `${infer Part} ; ${string}`
    ? Part
    : Text;

type ScalarWords<Text extends string> = Text extends `${string} | ${infer Part} ; ${string}`
  ? Words<Part>
  : Text extends `${string} | ${infer Part}`
    ? Words<Part>
    : never;

/** The operands of an op as its line has them: `name[rows,cols]:dtype`. */
export type OperandWord<Op extends OpName> = Extract<Words<Flow<Line<Op>>>, `${string}[${string}`>;
export type NameOf<Word extends string> = Word extends `${infer Name}[${string}` ? Name : never;
/** The scalars of an op as its line has them; one that is written has `=` before it. */
export type ScalarWord<Op extends OpName> = ScalarWords<Line<Op>>;
export type Unmarked<Word extends string> = Word extends `=${infer Name}` ? Name : Word;
export type AttributeName<Op extends OpName> =
  Line<Op> extends `${string} ; ${infer Part}` ? Words<Part> : never;

const operandPattern = /^(\w+)\[(\w+),(\w+)\](?::(\w+)(?:<(\w+))?)?$/;

/** Parses one line of the catalogue; the grammar stands there. */
export function parseSignature(line: string): Signature {
  const [start = '', attributePart = ''] = line.split(';');
  const [flow = '', scalarPart = ''] = start.split('|');
  const [readPart = '', writePart = ''] = flow.split('->');
  const words = (part: string) => part.split(' ').filter((word) => word !== '');
  const operands: Operand[] = [];
  const operand = (word: string, read: boolean, written: boolean): Operand => {
    const match = operandPattern.exec(word);
    if (match === null) throw new SyntaxError(`catalogue: cannot read operand "${word}" in "${line}"`);
    const [, name = '', rows = '', cols = '', dtype = 'own', below] = match;
    if (below === undefined)
      return { name, rows, cols, dtype: dtype as OperandDtype, points: undefined, read, written };
    const points = { at: dtype as Pointer, below };
    return { name, rows, cols, dtype: 'int32', points, read, written };
  };
  const writes = words(writePart);
  for (const word of words(readPart)) {
    operands.push(operand(word, true, writes.includes(word.slice(0, word.indexOf('[')))));
  }
  for (const word of writes) if (word.includes('[')) operands.push(operand(word, false, true));
  const scalars = words(scalarPart).map((word) => ({
    name: word.replace('=', ''),
    written: word.startsWith('='),
  }));
  return { operands, scalars, attributes: words(attributePart) };
}

/** The parsed catalogue. An import of the package should not wait for it, so each line is parsed when it is first asked for. */
export const signatures = {} as Readonly<Record<OpName, Signature>>;
for (const name of opNames) {
  Object.defineProperty(signatures, name, {
    configurable: true,
    enumerable: true,
    get() {
      const value = parseSignature(catalogue[name]);
      Object.defineProperty(signatures, name, { value, enumerable: true });
      return value;
    },
  });
}

/**
 * The dtype that an op computes in, by the dtypes of its operands: float64 in any program if the first operand of its own is that, else
 * the program's.
 */
export function ownDtype(
  { operands }: Signature,
  dtypes: readonly (Dtype | undefined)[],
  program: FloatDtype,
): FloatDtype {
  const first = operands.findIndex(({ dtype }) => dtype === 'own');
  return dtypes[first] === 'float64' ? 'float64' : program;
}

/** The dtypes that an operand may have, where `own` is the op's. */
export function dtypesOf(operand: Operand, own: FloatDtype): readonly Dtype[] {
  switch (operand.dtype) {
    case 'own':
      return [own];
    case 'int32':
      return ['int32'];
    case 'any':
      return ['float32', 'float64', 'int32', 'uint8'];
    case 'rounded':
      return own === 'float32' ? [own] : [own, 'float32'];
  }
}
