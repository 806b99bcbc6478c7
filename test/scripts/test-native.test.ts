import { describe, expect, it } from 'vitest';
import { countsOfJunit } from '../../scripts/test-native.js';

/** A report of ctest with these entries. */
function report(...entries: { name: string; status?: string; output: string }[]): string {
  const cases = entries.map(
    ({ name, status = 'run', output }) =>
      `<testcase name="${name}" classname="${name}" time="0.1" status="${status}"><system-out>${output}</system-out></testcase>`,
  );
  return `<testsuite name="Linux-c++" tests="${entries.length}" failures="0">${cases.join('\n')}</testsuite>`;
}

function closingLine(ran: number, passed: number, failed: number): string {
  return `[doctest] test cases: ${ran} | ${passed} passed | ${failed} failed | 9 skipped\n`;
}

describe('countsOfJunit', () => {
  it('adds up the test cases, not the entries', () => {
    const text = report(
      { name: 'gemm', output: closingLine(4, 4, 0) },
      { name: 'pool', status: 'fail', output: closingLine(3, 2, 1) },
    );
    expect(countsOfJunit(text)).toEqual({ passed: 6, failed: 1, problems: [] });
  });

  it('fails an entry that ran no test case, though ctest calls it passed', () => {
    const counts = countsOfJunit(report({ name: 'gemm', output: closingLine(0, 0, 0) }));
    expect(counts).toEqual({ passed: 0, failed: 1, problems: ['gemm ran no test case'] });
  });

  it('fails an entry that crashed', () => {
    const counts = countsOfJunit(report({ name: 'gemm', status: 'fail', output: 'AddressSanitizer: …' }));
    expect(counts).toEqual({ passed: 0, failed: 1, problems: ['gemm never came to its closing line'] });
  });

  it('fails an entry whose sanitizer complained at exit', () => {
    const counts = countsOfJunit(report({ name: 'pool', status: 'fail', output: closingLine(2, 2, 0) }));
    expect(counts).toEqual({
      passed: 2,
      failed: 1,
      problems: ['pool failed after its test cases had passed'],
    });
  });

  it('refuses a report without tests', () => {
    expect(() => countsOfJunit('<testsuite name="x">')).toThrow('holds no test');
  });
});
