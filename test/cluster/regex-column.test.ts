import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { compileRegexColumn, isRegexColumn } from '../../lib/cluster/regex-column.ts';

const CELL = { table: 'hosts', column: 'ip', row: 'compute' };
const apply = (raw: string, node: string): string | undefined => compileRegexColumn(raw, CELL)?.(node);

test.each([
  ['10.0.0.1', false], ['/install', false], ['/install/netboot', false], ['|', false], ['a|b|c', false], ['', false],
  ['/\\z/-bmc/', true], ['|x|', true], ['|a|b|', true], ['||', true], ['///', true],
])('%s is a rule: %s', (raw, rule) => {
  expect(isRegexColumn(raw)).toBe(rule);
});

test('a plain value is no rule', () => {
  expect(compileRegexColumn('10.0.0.1', CELL)).toBeUndefined();
});

describe('what a rule makes of a node name', () => {
  test.each([
    ['/\\z/-bmc/', 'n01', 'n01-bmc'],
    ['/\\Z/-bmc/', 'n01', 'n01-bmc'],
    ['/\\A/x/', 'n01', 'xn01'],
    ['/n/m/', 'n01n', 'm01n'],
    ['/x/y/', 'n01', 'n01'],
    ['/.*//', 'n01', ''],
    ['/n(\\d+)/p$1q/', 'n01', 'p01q'],
    ['/(\\d)(\\d)/${2}0$1/', 'n12', 'n201'],
    ['/(\\d+)/($1+1)/', 'n12', 'n(12+1)'],
    ['/(?i)N/m/', 'n1', 'm1'],
    ['|\\D+(\\d+)|10.0.0.($1+0)|', 'n001', '10.0.0.1'],
    ['|\\D+(\\d+)|10.0.0.($1)|', 'n001', '10.0.0.001'],
    ['|\\D+(\\d+)|10.0.0.$1|', 'n001', '10.0.0.001'],
    ['|\\D+(\\d+)|10.(1+($1-1)/254).((${1}-1)%254+1)|', 'n300', '10.2.46'],
    ['|\\D+(\\d+).*$|bay($1%14+1)|', 'n30x', 'bay3'],
    ['|^(.+)$|($1)-mm|', 'n01', 'n01-mm'],
    ['|(\\D+)(\\d+)|$1-(2*3+4)-($2*-1)|', 'n7', 'n-10--7'],
    ['|n(\\d+)|(-7/2) (-7%3) (7-2-1) (-(2-5)) (--2)|', 'n1', '-3 -1 4 3 2'],
    ['|n(\\d+)|( 1 + 2 )|', 'n1', '3'],
    ['|n(\\d+)(x)?|($2+1)$2|', 'n1', '1'],
    ['|n(\\d+)|\\($1\\)|', 'n1', '(1)'],
    ['|n|a|b|', 'n1', 'a|b1'],
    ['|n(\\d+)|($1*1000000007*1000000007)|', 'n3', '3000000042000000147'],
    ['|(\\d+)|<$1>|', 'a1b', 'a<1>b'],
    ['|rack$1-u$2|', 'r007n010', 'rack7-u10'],
    ['|10.0.$1.($2+100)|', 'r07n010x', '10.0.7.110'],
    ['|x|', 'login', 'x'],
    ['|x($1+0)|', 'n000', 'x0'],
    ['|\\\\z|y|', 'a\\z', 'ay'],
    ['|[[:alpha:]]+([[:digit:]]+)|$1|', 'n01', '01'],
  ])('%s of %s is %s', (raw, node, wanted) => {
    expect(apply(raw, node)).toBe(wanted);
  });

  test('arithmetic agrees with integers', () => {
    fc.assert(fc.property(fc.nat(9999), fc.nat(9999), fc.integer({ min: 1, max: 99 }), (a, b, c) => {
      expect(apply('|n(\\d+)x(\\d+)|(($1+$2*3-4)/5%6)|', `n${a}x${b}`)).toBe(String(Math.trunc((a + b * 3 - 4) / 5) % 6 + 0));
      expect(apply(`|n(\\d+)x(\\d+)|($1-$2-${c})|`, `n${a}x${b}`)).toBe(String(a - b - c));
    }));
  });
});

describe("xCAT's functions", () => {
  test.each([
    ['|(\\D)\\d+|(a2idx($1))|', 'c7', '3'],
    ['|(\\D)\\d+|(a2idx($1))|', 'C7', '3'],
    ['|(\\D)\\d+|(a2zidx($1))|', 'c7', '2'],
    ['|(\\D)(\\d+)|10.0.(a2idx($1)*10).($2+0)|', 'b007', '10.0.20.7'],
    ['|(\\D+)\\d+|(mknum($1)%100)|', 'ab7', '95'],
    // A cluster of rows of 10 racks of 8 chassis of 8 nodes.
    ['|r(\\d+)k(\\d+)c(\\d+)n(\\d+)|(dim2idx($1, 10, $2, 8, $3, 8, $4))|', 'r2k3c4n5', '797'],
    ['|\\D+(\\d+)|(dim2idx($1))|', 'n12', '12'],
    ["|\\D+(\\d+)|(skip($1, '3'))|", 'n10', '9'],
    ["|\\D+(\\d+)|(skip($1, '3:2'))|", 'n10', '8'],
    ["|\\D+(\\d+)|(skip($1, '3:2,6'))|", 'n10', '7'],
    ["|\\D+(\\d+)|(skip($1, '3:2,6'))|", 'n2', '2'],
    ["|\\D+(\\d+)|(skip($1, '3:2,6'))|", 'n4', '-1'],
    ["|\\D+(\\d+)|x(skip($1,'3')+100)|", 'n10', 'x109'],
    ['|\\D+(\\d+)|(ipadd(10, 10, 10, 10, $1, 0, 0))|', 'n0', '10.10.10.10'],
    ['|\\D+(\\d+)|(ipadd(10, 10, 10, 10, $1, 0, 0))|', 'n245', '10.10.10.255'],
    ['|\\D+(\\d+)|(ipadd(10, 10, 10, 10, $1, 0, 0))|', 'n246', '10.10.11.0'],
    ['|\\D+(\\d+)|(ipadd(10,0,0,1,$1-1,1,1))|', 'n254', '10.0.0.254'],
    ['|\\D+(\\d+)|(ipadd(10,0,0,1,$1-1,1,1))|', 'n255', '10.0.1.1'],
    ['|(ipadd(10,0,0,0,$1,1,1))|', 'n0300', '10.0.1.47'],
  ])('%s for %s is %s', (raw, node, value) => {
    expect(apply(raw, node)).toBe(value);
  });
});

describe('what is refused', () => {
  test.each([
    ['||', 'there is neither a pattern nor a replacement'],
    ['//x/', 'the pattern is empty'],
    ['|n(|x|', 'Invalid regular expression: /n(/: Unterminated group'],
    ['|n\\K1|x|', '\\K is not supported in the pattern'],
    ['|[[:word:]]|x|', '[:word:] is not supported in the pattern'],
    ['|n(\\d+)|($2)|', '$2 in ($2), but the pattern has only 1 groups'],
    ['|n\\d+|x$1|', '$1 in ($1), but the pattern has no group'],
    ['|n(\\d+)|($1+)|', '($1+) ends too early'],
    ['|n(\\d+)|()|', '() ends too early'],
    ['|n(\\d+)|($1 2)|', '2 was not expected in ($1 2)'],
    ['|n(\\d+)|(*2)|', 'a number or $1 was wanted before * in (*2)'],
    ['|n(\\d+)|($1+(2)|', 'a ) is missing after ($1+(2)'],
    ['|n(\\d+)|($1;2)|', "($1;2) is no integer arithmetic: ; (allowed: numbers, $1, + - * / %, parentheses and xCAT's functions)"],
    ['|n(\\d+)|(a2idx)|', 'a ( is missing after a2idx in (a2idx)'],
    ['|n(\\d+)|(a2idx($1,2))|', 'a2idx in (a2idx($1,2)) has 2 values; wanted: a2idx(letter): a is 1'],
    ['|n(\\d+)|(dim2idx(1,2))|', 'dim2idx in (dim2idx(1,2)) has 2 values; wanted: '],
    ['|n(\\d+)|(`id`)|', '(`id`) is no integer arithmetic: `'],
    ['|n(\\d+)|(system)|', '(system): there is no function system (functions: a2idx, a2zidx, mknum, dim2idx, skip, ipadd)'],
  ])('%s: %s', (raw, reason) => {
    expect(() => apply(raw, 'n1')).toThrow(expect.objectContaining({
      code: 'REGEX_COLUMN_INVALID', message: expect.stringContaining(`hosts row compute, column ip: ${raw} cannot be used: ${reason}`) as unknown,
    }));
  });

  test.each([
    ['|n(\\d+)|(5/$1)|', 'n0', 'division by zero'],
    ['|n(\\d+)|(5%$1)|', 'n0', 'division by zero'],
    ['|(\\D+)\\d+|($1+1)|', 'n1', '"n" is no integer'],
    ['|(\\D+)\\d+|(a2idx($1))|', 'ab1', '"ab" is no letter from a to z'],
    ["|\\D+(\\d+)|(skip($1,'a'))|", 'n1', "'a' is not first or first:count"],
    ['|\\D+(\\d+)|(ipadd(10,0,255,255,$1))|', 'n1', 'ipadd gives 10.0.256.0, which is no address'],
  ])('%s for %s: %s', (raw, node, reason) => {
    expect(() => apply(raw, node)).toThrow(`hosts row compute, column ip: ${raw} cannot be used for ${node}: ${reason}`);
  });

  test('any text is a plain value, a rule, or a StateliteError', () => {
    const text = fc.string({ unit: fc.constantFrom(...Array.from('n1(\\d+)$|/*-[]{}?:zA %')), maxLength: 20 });
    fc.assert(fc.property(text, fc.constantFrom('|', '/'), (inner, mark) => {
      try {
        apply(`${mark}${inner}${mark}`, 'n1');
      } catch (error) {
        expect(error).toMatchObject({ name: 'StateliteError', code: 'REGEX_COLUMN_INVALID' });
      }
    }), { numRuns: 3000 });
  });
});
