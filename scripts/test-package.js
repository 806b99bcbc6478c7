import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readmePrograms } from './readme-programs.js';
import { capture, root } from './run.js';

/** Packs the package and uses it as a stranger would: in an empty project, on a machine without compilers. */
class PackageTest {
  passed = 0;
  failed = 0;

  /**
   * @param {string} name
   * @param {() => void} body throws when the check fails
   */
  check(name, body) {
    try {
      body();
      this.passed += 1;
      console.log(`ok      ${name}`);
    } catch (error) {
      this.failed += 1;
      console.log(`FAILED  ${name}`);
      console.error(error);
    }
  }
}

/**
 * A PATH with node and a shell on it and nothing else: no compiler, no make, no python.
 *
 * @param {string} directory to make it in
 */
function barePath(directory) {
  mkdirSync(directory);
  symlinkSync(process.execPath, join(directory, 'node'));
  symlinkSync('/bin/sh', join(directory, 'sh'));
  return directory;
}

/**
 * Runs one of the programs of test/package in the project and checks that it learned something.
 *
 * @param {string} project
 * @param {string} program
 * @param {string} path the PATH it sees
 * @returns {Record<string, unknown>} what backendInfo() said there
 */
function train(project, program, path) {
  const { GEMMNET_BACKEND, GEMMNET_ISA, GEMMNET_THREADS, ...env } = process.env;
  const output = capture(process.execPath, [program], { cwd: project, env: { ...env, PATH: path } });
  const { info, losses } = JSON.parse(output);
  assert.equal(losses.length, 200);
  assert.ok(
    losses[199] < losses[0] / 2,
    `expected the loss to halve but it went from ${losses[0]} to ${losses[199]}`,
  );
  return info;
}

/** @returns {{ passed: number, failed: number }} */
export function testPackage() {
  const test = new PackageTest();
  const temporary = mkdtempSync(join(tmpdir(), 'gemmnet-package-'));
  try {
    capture('npm', ['pack', '--pack-destination', temporary]);
    const tarball = join(temporary, readdirSync(temporary).find((name) => name.endsWith('.tgz')) ?? '');
    checkContents(test, tarball);
    checkInstalled(test, temporary, tarball);
  } catch (error) {
    test.check('pack and install', () => assert.fail(/** @type {Error} */ (error)));
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return { passed: test.passed, failed: test.failed };
}

/**
 * @param {PackageTest} test
 * @param {string} tarball
 */
function checkContents(test, tarball) {
  const files = capture('tar', ['-tzf', tarball])
    .trim()
    .split('\n')
    .map((path) => path.replace(/^package\//, ''));
  test.check('the tarball holds what it needs', () => {
    const needed = ['README.md', 'LICENSE', 'CHANGELOG.md', 'data/digits.csv.gz', 'dist/LICENSES.md'];
    for (const file of ['index.cjs', 'index.d.cts', 'index.js', 'index.d.ts', 'node.js', 'cli/main.js']) {
      needed.push(`dist/${file}`);
    }
    needed.push('native/binding.gyp', 'native/sources.gypi');
    for (const file of needed) assert.ok(files.includes(file), `${file} is missing`);
    const binary = new RegExp(
      `^prebuilds/${process.platform}-${process.arch}/gemmnet\\.(glibc|musl)\\.node$`,
    );
    assert.ok(
      files.some((file) => binary.test(file)),
      'the prebuilt binary is missing',
    );
  });
  test.check('the tarball holds nothing else', () => {
    const rooms =
      /^(dist\/|data\/|docs\/|examples\/|lib\/|native\/|prebuilds\/|(package\.json|README\.md|LICENSE|CHANGELOG\.md|CONTRIBUTING\.md|bench\/README\.md)$)/;
    const strangers = files.filter((file) => !rooms.test(file) || /^native\/(test|build)\//.test(file));
    assert.deepEqual(strangers, []);
  });
  test.check('installing runs nothing', () => {
    const manifest = JSON.parse(capture('tar', ['-xzOf', tarball, 'package/package.json']));
    for (const event of ['preinstall', 'install', 'postinstall', 'prepare']) {
      assert.equal(manifest.scripts?.[event], undefined, `package.json has the script ${event}`);
    }
    assert.ok(!files.includes('binding.gyp'), 'npm would run node-gyp for the binding.gyp at the root');
  });
}

/**
 * @param {PackageTest} test
 * @param {string} temporary
 * @param {string} tarball
 */
function checkInstalled(test, temporary, tarball) {
  const bare = barePath(join(temporary, 'bin'));
  const project = join(temporary, 'project');
  mkdirSync(project);
  writeFileSync(
    join(project, 'package.json'),
    '{ "name": "stranger", "version": "1.0.0", "private": true }\n',
  );
  for (const program of ['import.mjs', 'require.cjs']) {
    copyFileSync(join(root, 'test', 'package', program), join(project, program));
  }
  capture('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', tarball], { cwd: project });
  const installed = join(project, 'node_modules', 'gemmnet');
  const version = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version;

  for (const program of ['import.mjs', 'require.cjs']) {
    test.check(`${program} trains on the prebuilt binary`, () => {
      const info = train(project, program, bare);
      assert.equal(info.backend, 'native', `nativeError: ${info.nativeError}`);
      assert.equal(info.version, version);
      assert.equal(info.nativeError, undefined);
    });
  }
  checkLight(test, project);
  test.check('the command runs', () => {
    const command = join(project, 'node_modules', '.bin', 'gemmnet');
    const output = capture(command, ['--version'], { cwd: project });
    assert.match(output, new RegExp(version.replaceAll('.', '\\.')));
    const result = capture(command, ['train', '--epochs', '3', '--json', '--out', 'run'], { cwd: project });
    assert.ok(JSON.parse(result).testAcc > 0.8, result);
  });
  test.check('a JPEG is read', () => {
    // Its decoder is a file of another package, found when it is first needed.
    copyFileSync(join(root, 'test', 'fixtures', 'images', 'one-pixel.jpg'), join(project, 'x.jpg'));
    const program = "require('gemmnet').loadImage('x.jpg').then(({ shape }) => console.log(shape.join()))";
    assert.equal(capture(process.execPath, ['-e', program], { cwd: project }).trim(), '1,1,3');
  });
  const { programs, table } = readmePrograms();
  writeFileSync(join(project, 'weather.csv'), table);
  for (const { name, text } of programs) {
    test.check(`the README's ${name} runs as it stands`, () => {
      writeFileSync(join(project, name), text);
      const { status, stderr } = spawnSync(process.execPath, [name], { cwd: project, encoding: 'utf8' });
      // Nor is anybody warned of anything.
      assert.equal(stderr, '');
      assert.equal(status, 0);
    });
  }
  rmSync(join(installed, 'prebuilds'), { recursive: true, force: true });
  for (const program of ['import.mjs', 'require.cjs']) {
    test.check(`${program} trains without any binary`, () => {
      const info = train(project, program, bare);
      assert.equal(info.backend, 'js');
      assert.match(String(info.nativeError), /there is none; build it/);
    });
  }
  test.check('the tarball builds from source', () => {
    // By way of npm, which tells node-gyp where Node's headers are, where that is configured.
    capture('npm', ['exec', '--', 'node-gyp', 'rebuild', '-C', join(installed, 'native'), '-j', '2']);
    assert.equal(train(project, 'import.mjs', bare).backend, 'native');
  });
}

/**
 * What starts fast: figures of time would depend on the machine, and those of files and bytes do not.
 *
 * @param {PackageTest} test
 * @param {string} project
 */
function checkLight(test, project) {
  const packages = join(project, 'node_modules');
  test.check('few small files are loaded by an import', () => {
    const program = join(project, 'list-required.mjs');
    copyFileSync(join(root, 'test', 'package', 'list-required.mjs'), program);
    const files = capture(process.execPath, [program], { cwd: project }).trim().split('\n');
    assertLight(
      files.map((file) => resolve(project, file)),
      { files: 4, bytes: 725_000 },
    );
  });
  test.check('few small files are loaded by gemmnet --help', () => {
    const log = join(project, 'loaded.txt');
    const hook = join(root, 'test', 'package', 'log-modules.mjs');
    const command = join(packages, 'gemmnet', 'dist', 'cli', 'main.js');
    capture(process.execPath, ['--import', hook, command, '--help'], {
      cwd: project,
      env: { ...process.env, LOADED_MODULES: log },
    });
    const urls = readFileSync(log, 'utf8')
      .trim()
      .split('\n')
      .filter((url) => url.startsWith('file:'));
    assertLight(
      urls.map((url) => fileURLToPath(url)),
      { files: 4, bytes: 60_000 },
    );
  });
  test.check('the package and what it needs take less than 12.5 MB', () => {
    const bytes = readdirSync(packages, { recursive: true, encoding: 'utf8' })
      .map((path) => statSync(join(packages, path)))
      .reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0);
    console.log(`        ${(bytes / 1e6).toFixed(2)} MB`);
    assert.ok(bytes < 12.5e6, `they take ${bytes} bytes`);
  });
}

/**
 * @param {readonly string[]} paths
 * @param {{ files: number, bytes: number }} most
 */
function assertLight(paths, most) {
  const bytes = paths.reduce((sum, path) => sum + statSync(path).size, 0);
  console.log(`        ${paths.length} files, ${bytes} bytes`);
  assert.ok(
    paths.length <= most.files && bytes <= most.bytes,
    `expected at most ${most.files} files of ${most.bytes} bytes: ${paths.join(', ')}`,
  );
}

if (process.argv[1] === import.meta.filename) {
  const { passed, failed } = testPackage();
  console.log(`\npackage tests: ${passed} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
}
