import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { createCluster } from '../../lib/cluster/create.ts';
import { formatNoderange } from '../../lib/cluster/format-noderange.ts';
import { expandNoderange } from '../../lib/cluster/noderange.ts';

const names = (prefix: string, from: number, to: number, width = 1): string[] =>
  Array.from({ length: to - from + 1 }, (_, at) => prefix + String(from + at).padStart(width, '0'));

const cluster = createCluster({
  nodelist: [
    ...names('node', 1, 12).map((node, at) => ({ node, groups: at < 6 ? 'compute,rack1' : 'compute,rack2', status: at % 2 === 0 ? 'booted' : 'alive' })),
    ...names('n', 1, 10, 2).map((node) => ({ node, groups: 'padded' })),
    ...['f1n1', 'f1n2', 'f2n1', 'f2n2'].map((node) => ({ node, groups: 'frames' })),
    { node: 'node-a-1' }, { node: 'node-a-2' }, { node: 'node-a-3' }, { node: 'twin', groups: 'other' }, { node: 'off1', disable: '1' }, { node: '7' },
    { node: 'login1', groups: 'twin,group1,42' }, { node: 'login2', groups: 'group2' }, { node: 'dhcp,odd' },
  ],
  nodehm: [{ node: 'rack1', mgt: 'ipmi' }, { node: 'node3', mgt: 'hmc' }],
  nodepos: [{ node: 'n01', room: 'ny' }, { node: 'n02', room: 'a,b' }, { node: 'n03', room: 'paris' }],
  nodetype: [{ node: 'padded', os: 'debian12' }],
  nodegroup: [
    { groupname: 'hmcs', grouptype: 'dynamic', wherevals: 'mgt==hmc' },
    { groupname: 'nice', grouptype: 'dynamic', wherevals: 'groups=~compute::nodelist.status!=alive' },
    { groupname: 'both', membergroups: 'group1, group2' },
    { groupname: 'circle', membergroups: 'circle,both' },
    { groupname: 'empty' },
  ],
});
const FILES: Readonly<Record<string, string>> = {
  '/lists/a': '# comment\n^/etc/passwd\nnode1 the first\nnode2:here\n\n  n[01:02]\t x\nrack1,-node5\n-node1\n',
  '/lists/broken': 'node1\nnode2,,(x\nnobody\n',
  '/lists/loop': 'node1,^/lists/a\n',
  '/lists/none': '# nothing\n',
};
const expand = (text: string): readonly string[] => expandNoderange(cluster, text, { readFile: (path) => FILES[path] });
const joined = (text: string): string => expand(text).join(' ');

describe('terms', () => {
  test.each([
    ['node1', 'node1'],
    ['node2,node1,node2', 'node1 node2'],
    ['node10,node9', 'node10 node9'],
    ['"node1","node2"', 'node1 node2'],
    ["'node1,node2'", 'node1 node2'],
    [' node1 , node2 ', 'node1 node2'],
    ['node1,,node2,', 'node1 node2'],
    ['', ''],
    ['group1', 'login1'],
    ['twin', 'twin'],
    ['42', 'login1'],
    ['empty', ''],
    ['node1-node3', 'node1 node2 node3'],
    ['node1:node3', 'node1 node2 node3'],
    ['node9-node11', 'node10 node11 node9'],
    ['n01-n03', 'n01 n02 n03'],
    ['n08-n10', 'n08 n09 n10'],
    ['node2-node2', 'node2'],
    ['node-a-1-node-a-2', 'node-a-1 node-a-2'],
    ['node-a-2', 'node-a-2'],
    ['f1n1-f1n2', 'f1n1 f1n2'],
    ['f1n2-f2n2', 'f1n2 f2n2'],
    ['group1-group2', 'login1 login2'],
    ['n[01-03]', 'n01 n02 n03'],
    ['n[01:03]', 'n01 n02 n03'],
    ['n[01,03,05-06]', 'n01 n03 n05 n06'],
    ['f[1-2]n[1-2]', 'f1n1 f1n2 f2n1 f2n2'],
    ['node-a-[1-2]', 'node-a-1 node-a-2'],
    ['log[in,in]1', 'login1'],
    ['node[8-9]+1', 'node10 node8 node9'],
    ['node8+2', 'node10 node8 node9'],
    ['n08+2', 'n08 n09 n10'],
    ['10-12', 'node10 node11 node12'],
    ['[1-2]', 'node1 node2'],
    ['7-8', '7 node8'],
    ['hmcs', 'node3'],
    ['nice', 'node1 node11 node3 node5 node7 node9'],
    ['both', 'login1 login2'],
    ['circle', 'login1 login2'],
  ])('%s is [%s]', (text, wanted) => {
    expect(joined(text)).toBe(wanted);
  });

  test('bare numbers get the prefix and suffix of the environment', () => {
    expect(expandNoderange(cluster, '1-2', { prefix: 'f1n' })).toEqual(['f1n1', 'f1n2']);
    expect(expandNoderange(cluster, '1', { prefix: 'f', suffix: 'n1' })).toEqual(['f1n1']);
  });
});

describe('operators', () => {
  test.each([
    ['compute@rack1', 'node1 node2 node3 node4 node5 node6'],
    ['node1,compute@rack2@node12', 'node1 node12'],
    ['node1,node2,@rack2', ''],
    ['node1,node7,@rack2,login1', 'login1 node7'],
    ['rack1,-node1', 'node2 node3 node4 node5 node6'],
    ['-node2,rack1', 'node1 node3 node4 node5 node6'],
    ['-node2@rack1,node2,node3', 'node3'],
    ['compute,-compute', ''],
    ['rack1,-(node[1-3],node4@rack2)', 'node4 node5 node6'],
    ['compute,-(rack1@mgt==ipmi)', 'node10 node11 node12 node3 node7 node8 node9'],
    ['(rack1,rack2)@(node6,node7)', 'node6 node7'],
    ['(node1),((node2))', 'node1 node2'],
    ['rack1,-(rack1,-node2)', 'node2'],
  ])('%s is [%s]', (text, wanted) => {
    expect(joined(text)).toBe(wanted);
  });
});

describe('regexes and selections', () => {
  test.each([
    ['/node1', 'node1'],
    ['/node1\\d?', 'node1 node10 node11 node12'],
    ['/node[1,2]', 'node1 node2'],
    ['/n\\d{2,3},node1', 'n01 n02 n03 n04 n05 n06 n07 n08 n09 n10 node1'],
    ['/f(1|2)n1,-/f1.*', 'f2n1'],
    ['(/node(1|2)|login1)', 'login1 node1 node2'],
    ['/node1\\z', 'node1'],
    ['/(?i)NODE1', 'node1'],
    ['/n[[:digit:]]1', 'n01'],
    ['/x.*', ''],
    ['mgt==hmc', 'node3'],
    ['mgt=hmc', 'node3'],
    ['nodehm.mgt==ipmi', 'node1 node2 node4 node5 node6'],
    ['rack1@mgt!=ipmi', 'node3'],
    ['rack2@mgt!=ipmi,-node7', 'node10 node11 node12 node8 node9'],
    ['nodepos.room=~/^p/', 'n03'],
    ['nodepos.room=~^(ny|paris)$', 'n01 n03'],
    ['padded@nodepos.room!~.', 'n04 n05 n06 n07 n08 n09 n10'],
    ['padded@room==', 'n04 n05 n06 n07 n08 n09 n10'],
    ['nodepos.room=="a,b"', 'n02'],
    ['groups==group2', 'login2'],
    ['tags=~twin', 'login1'],
    ['os==debian12@n01', 'n01'],
    ['node==twin', 'twin'],
  ])('%s is [%s]', (text, wanted) => {
    expect(joined(text)).toBe(wanted);
  });
});

describe('files', () => {
  test('a line is a noderange up to a blank or colon; comments are left out, and - takes away', () => {
    expect(joined('^/lists/a')).toBe('n01 n02 node2 node3 node4 node6');
  });

  test('a file can be excluded', () => {
    expect(joined('rack1,-^/lists/a')).toBe('node1 node5');
  });

  test('a file with no node in it is no node', () => {
    expect(joined('^/lists/none')).toBe('');
  });
});

describe('what is refused', () => {
  const point = (reason: string, text: string, column: number): string => `noderange: ${reason}\n  ${text}\n  ${' '.repeat(column)}^`;

  test.each([
    ['node1,nobody,group9', 'NODERANGE_UNKNOWN', 'Invalid nodes and/or groups in noderange: nobody,group9'],
    ['node1,-nobody', 'NODERANGE_UNKNOWN', 'Invalid nodes and/or groups in noderange: nobody'],
    ['off1', 'NODERANGE_UNKNOWN', 'Invalid nodes and/or groups in noderange: off1'],
    ['node11-node14', 'NODERANGE_UNKNOWN', 'Invalid nodes and/or groups in noderange: node13,node14'],
    ['f1n1-f2n2', 'NODERANGE_UNKNOWN', 'Invalid nodes and/or groups in noderange: f1n1-f2n2'],
    ['node1-3', 'NODERANGE_UNKNOWN', 'Invalid nodes and/or groups in noderange: node1-3'],
    ['n[001-200]', 'NODERANGE_UNKNOWN', `Invalid nodes and/or groups in noderange: ${names('n', 1, 100, 3).join(',')} and 100 more`],
    ['constructor', 'NODERANGE_UNKNOWN', 'Invalid nodes and/or groups in noderange: constructor'],
    ['node1,node3-node1', 'NODERANGE_SYNTAX', point('node3-node1 runs backwards: 3 is above 1', 'node1,node3-node1', 6)],
    ['n[03-01]', 'NODERANGE_SYNTAX', point('n[03-01] runs backwards: 03 is above 01', 'n[03-01]', 0)],
    ['n[a-c]', 'NODERANGE_SYNTAX', point('a-c in n[a-c] is no range: only numbers have one (write [a,b,c] for letters)', 'n[a-c]', 0)],
    ['n[1-9999999]', 'NODERANGE_SYNTAX', point('n[1-9999999] is 9999999 names, at most 1000000 are taken', 'n[1-9999999]', 0)],
    ['n[]', 'NODERANGE_SYNTAX', point('[…] of n[] lacks a number', 'n[]', 0)],
    ['n[01', 'NODERANGE_SYNTAX', point('a ] is missing in n[01', 'n[01', 0)],
    ['n01]', 'NODERANGE_SYNTAX', point('a ] without [ in n01]', 'n01]', 0)],
    ['node1,(node2', 'NODERANGE_SYNTAX', point('this ( is never closed', 'node1,(node2', 6)],
    ['node1)', 'NODERANGE_SYNTAX', point('this ) was never opened', 'node1)', 5)],
    ['node1 node2', 'NODERANGE_SYNTAX', point('a comma was wanted here', 'node1 node2', 6)],
    ['node1(node2)', 'NODERANGE_SYNTAX', point('a comma was wanted here', 'node1(node2)', 5)],
    ['node1@', 'NODERANGE_SYNTAX', point('a node, a group, /regex, ^file, column==value or ( was wanted here', 'node1@', 6)],
    ['compute@-node1', 'NODERANGE_SYNTAX', point('a - excludes only after a comma: write a,-b', 'compute@-node1', 8)],
    ['==x', 'NODERANGE_SYNTAX', point('a column was wanted before ==', '==x', 0)],
    ['mgt!ipmi', 'NODERANGE_SYNTAX', point('after mgt one of == != =~ !~ was wanted', 'mgt!ipmi', 3)],
    ['mgt=="ipmi', 'NODERANGE_SYNTAX', point('a " is missing', 'mgt=="ipmi', 5)],
    ['/', 'NODERANGE_SYNTAX', point('a pattern was wanted after /', '/', 0)],
    ['/n(1', 'NODERANGE_SYNTAX', point('a ) is missing in n(1', '/n(1', 1)],
    ['/n\\K1', 'NODERANGE_SYNTAX', point('\\K is not supported in the pattern', '/n\\K1', 0)],
    ['node1,/*', 'NODERANGE_SYNTAX', point('Invalid regular expression: /*/: Nothing to repeat', 'node1,/*', 6)],
    ['^', 'NODERANGE_SYNTAX', point('the path of a file was wanted after ^', '^', 0)],
    ['^/lists/gone', 'NODERANGE_UNKNOWN', point('there is no file /lists/gone', '^/lists/gone', 0)],
    ['^/lists/loop', 'NODERANGE_UNKNOWN', point('/lists/loop must not name another file', 'node1,^/lists/a', 6)],
    ['nodepos.rom==ny', 'NODERANGE_UNKNOWN', point('table nodepos has no column rom (it has node, rack, u, chassis, slot, room, height, comments, disable)', 'nodepos.rom==ny', 0)],
    ['pos.room==ny', 'NODERANGE_UNKNOWN', point('there is no table pos', 'pos.room==ny', 0)],
    ['osimage.osvers==x', 'NODERANGE_UNKNOWN', point('table osimage is not about nodes', 'osimage.osvers==x', 0)],
    ['colour==red', 'NODERANGE_UNKNOWN', point('there is no attribute colour', 'colour==red', 0)],
  ])('%s: %s', (text, code, message) => {
    expect(() => expand(text)).toThrow(expect.objectContaining({ code, message }));
  });

  test('everything wrong is said at once', () => {
    expect(() => expand('nobody,^/lists/broken,pos.room==x,node2-node1')).toThrow(expect.objectContaining({
      code: 'PROBLEMS',
      problems: [
        expect.objectContaining({ message: 'Invalid nodes and/or groups in noderange: nobody' }),
        expect.objectContaining({ message: `/lists/broken line 2: ${point('this ( is never closed', 'node2,,(x', 7)}` }),
        expect.objectContaining({ message: point('there is no table pos', 'nobody,^/lists/broken,pos.room==x,node2-node1', 22) }),
        expect.objectContaining({ message: expect.stringContaining('node2-node1 runs backwards') as unknown }),
      ],
    }));
  });

  test('a file needs somebody to read it', () => {
    expect(() => expandNoderange(cluster, '^/lists/a')).toThrow('a file cannot be named here');
  });

  test('a dynamic group whose condition cannot be read names its row', () => {
    for (const [wherevals, reason] of [['bogus==1', 'there is no attribute bogus'], ['mgt', 'mgt is no condition'], ['', 'a condition is empty'], ['mgt=~(', 'Unterminated group']]) {
      const broken = createCluster({ nodelist: [{ node: 'n1' }], nodegroup: [{ groupname: 'g', grouptype: 'dynamic', wherevals: wherevals ?? '' }] });
      expect(() => expandNoderange(broken, 'g')).toThrow(`nodegroup row groupname=g: wherevals "${wherevals ?? ''}" cannot be used`);
      expect(() => expandNoderange(broken, 'g')).toThrow(reason ?? '');
      expect(expandNoderange(broken, 'n1')).toEqual(['n1']);
    }
  });

  test('dynamic groups give no attributes', () => {
    const some = createCluster({
      nodelist: [{ node: 'n1', status: 'booted' }], nodepos: [{ node: 'up', room: 'ny' }],
      nodegroup: [{ groupname: 'up', grouptype: 'dynamic', wherevals: 'status==booted' }],
    });
    expect(expandNoderange(some, 'up')).toEqual(['n1']);
    expect(some.attribute('n1', 'nodepos.room')).toBeUndefined();
  });
});

describe('site.excludenodes', () => {
  const excluding = (value: string): ReturnType<typeof createCluster> => createCluster({
    site: [{ key: 'excludenodes', value }], nodelist: names('n', 1, 5).map((node) => ({ node, groups: node < 'n3' ? 'bad' : 'good' })),
  });

  test('is always taken away', () => {
    expect(expandNoderange(excluding('bad,n5'), '/n.*')).toEqual(['n3', 'n4']);
    expect(expandNoderange(excluding('bad'), 'n1')).toEqual([]);
  });

  test('names its row when it cannot be read', () => {
    expect(() => expandNoderange(excluding('gone'), 'n1')).toThrow('site row key=excludenodes: Invalid nodes and/or groups in noderange: gone');
  });
});

describe('laws', () => {
  const pool = [...names('n', 1, 10, 2), ...names('node', 1, 12)];
  const some = fc.subarray(pool);
  const write = (nodes: readonly string[]): string => nodes.length === 0 ? 'empty' : nodes.join(',');
  const law = (check: (a: readonly string[], b: readonly string[]) => void): void => fc.assert(fc.property(some, some, check), { numRuns: 60 });

  test('union, intersection and exclusion are those of sets', () => law((a, b) => {
    expect(expand(`${write(a)},${write(b)}`)).toEqual([...new Set([...a, ...b])].sort());
    expect(expand(`(${write(a)})@(${write(b)})`)).toEqual(a.filter((node) => b.includes(node)).sort());
    expect(expand(`${write(a)},@(${write(b)})`)).toEqual(a.filter((node) => b.includes(node)).sort());
    expect(expand(`${write(a)},-(${write(b)})`)).toEqual(a.filter((node) => !b.includes(node)).sort());
  }));

  test('the place of an exclusion does not matter', () => law((a, b) => {
    expect(expand(`-(${write(b)}),${write(a)}`)).toEqual(expand(`${write(a)},-(${write(b)})`));
  }));

  test('no text does anything but give nodes or a StateliteError', () => {
    const letters = fc.string({ unit: fc.constantFrom(...Array.from('ne12,@-()/^[]:=~!"+. |\\d')), maxLength: 24 });
    fc.assert(fc.property(letters, (text) => {
      try {
        expand(text);
      } catch (error) {
        expect(error).toMatchObject({ name: 'StateliteError' });
      }
    }), { numRuns: 3000 });
  });
});

describe('the shortest noderange', () => {
  test.each([
    [[], ''],
    [['n01'], 'n01'],
    [['n07', 'n01', 'n02', 'n03', 'n02'], 'n[01-03,07]'],
    [['n8', 'n9', 'n10', 'n11'], 'n[8-11]'],
    [['n08', 'n9', 'n10'], 'n[08,9-10]'],
    [['n98', 'n99', 'n100', 'n099'], 'n[98-99,099-100]'],
    [['login', 'n1', 'n2'], 'login,n[1-2]'],
    [['f1n1', 'f1n2', 'f2n1', 'f2n2'], 'f[1-2]n[1-2]'],
    [['f1n1', 'f2n1', 'f3n1', 'f3n2'], 'f[1-3]n1,f3n2'],
    [['a1b', 'a2b', 'a2c'], 'a[1-2]b,a2c'],
    [['n1234567890123456789', 'n1234567890123456790'], 'n1234567890123456789,n1234567890123456790'],
    [['node-a-1', 'node-a-2'], 'node-a-[1-2]'],
    [['1', '2'], '[1-2]'],
  ])('%j is %s', (nodes, wanted) => {
    expect(formatNoderange(nodes)).toBe(wanted);
  });

  test('expanding it gives the same nodes', () => {
    const name = fc.stringMatching(/^[a-b]{0,2}[0-2]{0,3}(-?[a-b][0-2]{1,2}|\.x)?$/).filter((text) => text !== '' && !text.startsWith('-'));
    fc.assert(fc.property(fc.uniqueArray(name, { maxLength: 40 }), (nodes) => {
      const all = createCluster({ nodelist: nodes.map((node) => ({ node })) });
      expect(expandNoderange(all, formatNoderange(nodes))).toEqual(nodes.toSorted());
    }), { numRuns: 300 });
  });
});

test('100,000 nodes: every kind of expression', () => {
  const large = createCluster({
    nodelist: names('n', 1, 100_000, 6).map((node, at) => ({ node, groups: `g${at % 200},all` })),
    nodepos: [{ node: 'g7', room: 'ny' }],
  });
  expect(expandNoderange(large, 'all')).toHaveLength(100_000);
  expect(expandNoderange(large, 'n[000001-100000],-g[0-99]')).toHaveLength(50_000);
  expect(expandNoderange(large, 'all@nodepos.room==ny,/n00000.,-n000008')).toHaveLength(507);
  expect(expandNoderange(large, large.nodes.join(','))).toHaveLength(100_000);
  expect(expandNoderange(large, '^list', { readFile: () => large.nodes.join('\n') })).toHaveLength(100_000);
  expect(formatNoderange(large.nodes)).toBe('n[000001-100000]');
}, 60_000);
