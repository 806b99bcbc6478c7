import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { capture, root } from '../../scripts/run.js';

/**
 * @typedef {object} Check
 * @property {string} name
 * @property {boolean} [quick] whether it is among those that each change runs
 * @property {boolean} [tools] false where it needs none of test/tools/package.json
 * @property {(stage: Stage) => Promise<void>} run throws when the check fails
 */

/**
 * @typedef {object} Outcomes what programs/everything.mjs prints
 * @property {{ backend: string, nativeError?: string } | string} backend
 * @property {string} training
 * @property {string} digits
 * @property {string} thread
 * @property {string} picture
 * @property {string} archive
 * @property {boolean} sameErrors
 * @property {{ code: string, message: string }[]} warnings
 * @property {string} stderr
 */

/** Where the tools are installed: git ignores it, and `npm run clean` removes it. */
const toolsFolder = join(root, 'build-tools');

/** Resolves the packages of test/tools/package.json. */
export const requireTool = createRequire(join(toolsFolder, 'package.json'));

/** @param {string} path in the folder of packages */
export const toolPath = (path) => join(toolsFolder, 'node_modules', path);

/** @param {string} file of this folder */
const here = (file) => join(root, 'test', 'tools', file);

/**
 * Installs the tools, if those of the manifest are not there.
 *
 * @param {boolean} quick only what the quick run needs
 */
export async function installTools(quick) {
  const manifest = readFileSync(here('package.json'), 'utf8');
  const note = join(toolsFolder, 'installed.txt');
  const all = `all\n${manifest}`;
  const some = `quick\n${manifest}`;
  const there = existsSync(note) ? readFileSync(note, 'utf8') : '';
  if (there === all || (quick && there === some)) return;
  mkdirSync(toolsFolder, { recursive: true });
  rmSync(note, { force: true });
  writeFileSync(join(toolsFolder, 'package.json'), manifest);
  const { code, stdout, stderr } = await execute(
    'npm',
    [
      'install',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--no-package-lock',
      ...(quick ? ['--omit=dev'] : []),
    ],
    { cwd: toolsFolder },
  );
  if (code !== 0) throw new Error(`the tools cannot be installed\n${stdout}${stderr}`);
  writeFileSync(note, quick ? some : all);
}

/**
 * Runs a command.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd: string, env?: Record<string, string> }} options `env` adds to a clean environment
 * @returns {Promise<{ code: number | null, stdout: string, stderr: string }>}
 */
export function execute(command, args, { cwd, env = {} }) {
  const clean = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(GEMMNET_|NODE_OPTIONS$|VITEST|JEST)/.test(name)),
  );
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...clean, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 300_000,
    });
    const texts = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text) => {
      texts.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      texts.stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...texts }));
  });
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd: string, env?: Record<string, string> }} options
 * @returns {Promise<string>} what it printed, errors included
 * @throws {Error} with all of it when it fails
 */
export async function succeed(command, args, options) {
  const { code, stdout, stderr } = await execute(command, args, options);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} exited with ${code}\n${stdout}${stderr}`);
  return stdout + stderr;
}

/** The package, packed and installed once, for all checks. */
export class Stage {
  #temporary = '';
  #projects = 0;

  /** The packed package. */
  tarball = '';

  /** Packs and installs. */
  async prepare() {
    for (const file of ['dist/index.cjs', 'build/Release/gemmnet.node']) {
      assert.ok(existsSync(join(root, file)), `${file} is missing: npm run build`);
    }
    // Its real path: permissions are for that.
    this.#temporary = realpathSync(mkdtempSync(join(tmpdir(), 'gemmnet-tools-')));
    capture('npm', ['pack', '--pack-destination', this.#temporary]);
    const packed = readdirSync(this.#temporary).find((name) => name.endsWith('.tgz')) ?? '';
    this.tarball = join(this.#temporary, packed);
    const project = this.folder();
    assert.equal(project, this.#template);
    writeFileSync(
      join(project, 'package.json'),
      '{ "name": "stranger", "version": "1.0.0", "private": true }\n',
    );
    await succeed(
      'npm',
      ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', this.tarball],
      { cwd: project },
    );
    this.#providePrebuilt(project);
    const fixtures = join(root, 'test', 'fixtures');
    copyFileSync(join(fixtures, 'images', 'one-pixel.jpg'), join(project, 'picture.jpg'));
    copyFileSync(join(fixtures, 'formats', 'compressed.npz'), join(project, 'arrays.npz'));
    cpSync(here('programs'), project, { recursive: true });
  }

  get #template() {
    return join(this.#temporary, '1');
  }

  /**
   * What `npm run prebuild` makes, without compiling anew what is there.
   *
   * @param {string} project
   */
  #providePrebuilt(project) {
    const name = join('prebuilds', `${process.platform}-${process.arch}`, 'gemmnet.glibc.node');
    const built = join(root, 'build', 'Release', 'gemmnet.node');
    const age = (/** @type {string} */ file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (age(join(root, name)) >= age(built)) return;
    const binary = join(project, 'node_modules', 'gemmnet', name);
    mkdirSync(join(binary, '..'), { recursive: true });
    copyFileSync(built, binary);
    chmodSync(binary, 0o644);
    capture('strip', ['--strip-unneeded', binary]);
  }

  /** A new empty folder. */
  folder() {
    this.#projects += 1;
    const folder = join(this.#temporary, String(this.#projects));
    mkdirSync(folder);
    return folder;
  }

  /** A project of its own that has installed the package, and the programs of programs/. */
  project() {
    const folder = this.folder();
    cpSync(this.#template, folder, { recursive: true });
    return folder;
  }

  /** A picture outside of all projects. */
  get picture() {
    return join(this.#template, 'picture.jpg');
  }

  /** The binary, outside of the projects that checks get. */
  get binary() {
    const folder = join(
      this.#template,
      'node_modules',
      'gemmnet',
      'prebuilds',
      `${process.platform}-${process.arch}`,
    );
    return join(folder, readdirSync(folder).find((name) => name.endsWith('.node')) ?? '');
  }

  remove() {
    rmSync(this.#temporary, { recursive: true, force: true });
  }
}

/**
 * Runs programs/everything.mjs, or what was made of it.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd: string, env?: Record<string, string> }} options
 * @returns {Promise<Outcomes>}
 */
export async function outcomes(command, args, options) {
  const { code, stdout, stderr } = await execute(command, args, options);
  assert.equal(code, 0, `${command} ${args.join(' ')} exited with ${code}\n${stdout}${stderr}`);
  return { ...JSON.parse(stdout.trim().split('\n').at(-1) ?? ''), stderr };
}

/** Everything works, with the native backend and without a word. */
const native = {
  backend: 'native',
  training: 'learned',
  digits: '1500,64',
  thread: '2,64',
  picture: '1,1,3',
  archive: '9,5',
  sameErrors: true,
  warnings: [],
};

/**
 * @param {Outcomes} of
 * @param {Partial<Record<keyof Outcomes, RegExp>>} [except] what fails, and how
 */
export function assertNative(of, except = {}) {
  assertOutcomes(of, native, except);
  assert.doesNotMatch(of.stderr, /Gemmnet|gemmnet/);
}

/**
 * The JavaScript backend computes, with one warning.
 *
 * @param {Outcomes} of
 * @param {RegExp} warning what it says
 * @param {Partial<Record<keyof Outcomes, RegExp>>} [except] what fails, and how
 */
export function assertJavaScript(of, warning, except = {}) {
  assert.equal(of.warnings.length, 1, JSON.stringify(of));
  assert.equal(of.warnings[0]?.code, 'GEMMNET_NO_NATIVE');
  assert.match(of.warnings[0]?.message ?? '', warning);
  assert.equal(of.stderr.match(/GemmnetWarning/g)?.length, 1, of.stderr);
  assert.match(typeof of.backend === 'string' ? '' : String(of.backend.nativeError), warning);
  assertOutcomes({ ...of, warnings: [] }, { ...native, backend: 'js' }, except);
}

/**
 * @param {Outcomes} of
 * @param {Readonly<Record<string, unknown>>} expected
 * @param {Readonly<Record<string, RegExp>>} except
 */
function assertOutcomes(of, expected, except) {
  const { stderr, ...got } = of;
  const named = { ...got, backend: typeof of.backend === 'string' ? of.backend : of.backend.backend };
  const rest = Object.entries(named).filter(([what]) => !(what in except));
  const wanted = Object.entries(expected).filter(([what]) => !(what in except));
  assert.deepEqual(Object.fromEntries(rest), Object.fromEntries(wanted), stderr);
  for (const [what, message] of Object.entries(except)) {
    assert.match(String(Object.entries(named).find(([name]) => name === what)?.[1]), message, what);
  }
}
