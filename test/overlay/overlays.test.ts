import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCluster } from '../../lib/cluster/create.ts';
import type { Cluster } from '../../lib/cluster/cluster.ts';
import { StateliteError } from '../../lib/errors.ts';
import { assignedOverlays } from '../../lib/overlay/assigned.ts';
import { readFileName } from '../../lib/overlay/file-name.ts';
import { createOverlays, type Overlays } from '../../lib/overlay/overlays.ts';
import type { PlacedEffect } from '../../lib/overlay/place.ts';
import { scriptRulesOf, scriptRuleText } from '../../lib/overlay/script-rules.ts';
import { bashismsOf } from '../../lib/overlay/scripts.ts';
import { overlayNames } from '../../lib/overlay/scan.ts';
import { readTar, writeTar, type TarEntry } from '../../lib/overlay/tar.ts';
import { compilePlan } from '../../lib/plan/compile.ts';
import { splitOwn } from '../../lib/plan/own-files.ts';
import { createPlanReader } from '../../lib/plan/parse.ts';
import { renderPlan } from '../../lib/plan/render.ts';
import { asset } from '../../lib/system/assets.ts';
import { createFiles } from '../../lib/system/files.ts';
import { plant, type NodeTree } from '../helpers/node-tree.ts';
import { policyRows } from '../helpers/plans.ts';

let home: string;
beforeEach(() => { home = mkdtempSync(join(tmpdir(), 'statelite-overlay-')); });
afterEach(() => rmSync(home, { recursive: true, force: true }));

const IMAGE: NodeTree = { 'etc/hosts': 'image\n', 'etc/motd': 'image\n', 'etc/conf.d/one': '1', 'usr/lib/': '', lib: '-> usr/lib', 'mnt/': '', 'bin/bash': '' };
const site = (more: Readonly<Record<string, readonly Readonly<Record<string, string>>[]>> = {}): Cluster => createCluster({
  site: [{ key: 'installdir', value: home }],
  nodelist: [{ node: 'n01', groups: 'compute,all' }, { node: 'n02', groups: 'all' }],
  hosts: [{ node: 'n01', ip: '10.0.0.1', hostnames: 'one,first' }, { node: 'n02', ip: '10.0.0.2' }],
  nodetype: [{ node: 'all', provmethod: 'image' }],
  osimage: [{ imagename: 'image', provmethod: 'statelite' }],
  linuximage: [{ imagename: 'image', rootimgdir: home }],
  overlays: [{ node: 'all', overlays: 'a' }],
  ...more,
});
const overlay = (trees: Readonly<Record<string, NodeTree>>, image: NodeTree = IMAGE): void => {
  plant(join(home, 'rootimg'), image);
  for (const [name, tree] of Object.entries(trees)) plant(join(home, 'overlays', name), tree);
};
const compose = (cluster: Cluster, node = 'n01', rows: readonly string[] = ['/etc/'], overlays = createOverlays({ files: createFiles() })): readonly PlacedEffect[] =>
  overlays.effectsOf(cluster, node, cluster.imageOf(node), { rows: policyRows(...rows), created: [] });
const texts = (effects: readonly PlacedEffect[]): Record<string, string> => Object.fromEntries(effects.filter(({ entry }) => entry.type !== 'directory').map(({ path, how, entry }) => [`${how} ${path}`, entry.target ?? entry.content.toString()]));
const problems = (task: () => unknown): readonly string[] => {
  try {
    task();
    return [];
  } catch (error) {
    if (!(error instanceof StateliteError)) throw error;
    return (error.problems.length > 0 ? error.problems : [error]).map(({ message, hint }) => `${message}${hint === undefined ? '' : `\n${hint}`}`);
  }
};

describe('which overlays a node has', () => {
  const lists = (image: string, all: string, compute: string, own: string): readonly string[] => {
    const rows = [['all', all], ['compute', compute], ['n01', own]].filter(([, list]) => list !== '').map(([node = '', list = '']) => ({ node, overlays: list }));
    const cluster = site({ osimage: [{ imagename: 'image', ...(image === '' ? {} : { overlays: image }) }], overlays: rows });
    return assignedOverlays(cluster, 'n01', cluster.imageOf('n01')).map(({ name }) => name);
  };
  test('those of the image, of the groups, the first group last, then its own', () => expect(lists('i', 'a', 'c', 'n')).toEqual(['i', 'a', 'c', 'n']));
  test('one that comes again counts where it came last', () => expect(lists('x,y', '', 'x', '')).toEqual(['y', 'x']));
  test('~name takes one out', () => expect(lists('x,y', '', '~x,z', '')).toEqual(['y', 'z']));
  test('~name of one that is not there is a mistake', () => expect(problems(() => lists('', '', '', '~x'))).toEqual([expect.stringMatching(/overlays row node=n01: .*~x takes out x, which nothing before it brings to n01/)]));
});

test.each([
  ['hosts', 'hosts', 'put', false], ['hosts.njk', 'hosts', 'put', true], ['hosts.append', 'hosts', 'append', false], ['hosts.append.njk', 'hosts', 'append', true],
  ['a.absent', 'a', 'absent', false], ['a.delete', 'a', 'delete', false], ['x.njk.literal', 'x.njk', 'put', false], ['x.literal.literal', 'x.literal', 'put', false], ['.njk', '.njk', 'put', false],
] as const)('the file name %s is %s, %s', (written, name, action, isTemplate) => expect(readFileName(written)).toEqual({ name, action, isTemplate }));

describe('templates', () => {
  test('read the node, all nodes, groups, networks, the site and the image', () => {
    overlay({ a: { 'etc/motd.njk': '{{ node.name }} {{ node.hosts.ip }} {{ node.groups | join("+") }} {% for n in nodes %}{{ n.name }}={{ n.ip }}:{{ n.hostnames | join("/") }} {% endfor %}{{ groups.all | length }} {{ image.name }} {{ site.domain }} {{ networks[0].gateway }}' } });
    const cluster = site({ site: [{ key: 'installdir', value: home }, { key: 'domain', value: 'lab' }], networks: [{ net: '10.0.0.0', mask: '255.0.0.0', gateway: '10.9.9.9' }] });
    expect(texts(compose(cluster))).toEqual({ 'put /etc/motd': 'n01 10.0.0.1 compute+all n01=10.0.0.1:one/first n02=10.0.0.2: 2 image lab 10.9.9.9' });
  });

  test('make several files, and none', () => {
    overlay({ a: { 'etc/conf.d/x.njk': '{% for n in nodes %}{% file n.name, mode="0600" %}{{ n.ip }}\n{% endfile %}{% endfor %}{# nothing else #}\n' } });
    expect(compose(site()).filter(({ entry }) => entry.type === 'file').map(({ path, entry }) => [path, entry.mode.toString(8), entry.content.toString()])).toEqual([['/etc/conf.d/n01', '600', '10.0.0.1\n'], ['/etc/conf.d/n02', '600', '10.0.0.2\n']]);
  });

  test('include others', () => {
    overlay({ '.include': { 'tail.njk': 'tail of {{ node.name }}' }, a: { 'etc/motd.njk': '{% include "tail.njk" %}' } });
    expect(texts(compose(site()))).toEqual({ 'put /etc/motd': 'tail of n01' });
  });

  test.each([
    ['a\n{{ node.nodepos.rack }}', /overlay a, etc\/motd.njk line 2: a value is unset for n01: \{\{ node.nodepos.rack \}\}/],
    ['a\n\n{{ node.nodepos.rak }}', /line 3: table nodepos has no column rak/],
    ['{{ node.switches.port }}', /line 1: node has no switches/],
    ['\n{% if nodez %}x{% endif %}', /line 2: there is no nodez\n.*node, nodes, groups/],
    ['\n{% include "gone.njk" %}', /line 2: there is no include "gone.njk"\nincludes are local-disk\.sh, bad\.njk/],
    ['{% include "bad.njk" %}', /include bad\.njk line 2: a value is unset for n01/],
    ['\n{% if %}', /etc\/motd.njk line 2: /],
    ['x\n{% if node.name %}{% for one in nodes %}{% endfor %}\nx\n', /etc\/motd.njk line 2: .*got end of file/],
    ['{% file "a" %}x{% endfile %}text', /there is text outside the \{% file %\} blocks: "text"/],
    ['{% file "../a" %}x{% endfile %}', /is no name of a file/],
    ['{{ "".constructor.constructor("return process")() }}', /constructor cannot be read in a template/],
    ['{{ nodes["constructor"] }}', /constructor cannot be read in a template/],
  ])('that cannot be filled say where and why: %j', (text, wanted) => {
    overlay({ '.include': { 'bad.njk': 'x\n{{ node.nodepos.rack }}' }, a: { 'etc/motd.njk': text } });
    expect(problems(() => compose(site()))).toEqual([expect.stringMatching(wanted)]);
  });

  test.each([
    ['x\n{% for n in nodes %}\n{{ n.ip }}\n{% endfor %}', 'line 3: hosts.ip is unset for n02, one of nodes: {{ n.ip }}\nchtab node=n02 hosts.ip=…, or write {{ … | default("") }}'],
    ['{% for n in nodes %}{{ n.ip | default("none") }} {{ n.mac }}{% endfor %}', 'line 1: mac.mac is unset for n01, one of nodes: '],
    ['{% for n in nodes %}{{ n.ip | default("none") }}{% endfor %}\n{{ node.nodepos.rack }}', 'line 2: a value is unset for n01: {{ node.nodepos.rack }}\nchtab node=n01 nodepos.rack=…'],
    ['{% for n in nodes %}{{ n.ip | default("none") }}{% endfor %}\n{{ site.ip }}', 'line 2: a value is unset for n01: {{ site.ip }}\nchtab key=ip site.value=…'],
  ])('that go through nodes say which of them lacks the value: %j', (text, wanted) => {
    overlay({ a: { 'etc/motd.njk': text } });
    expect(problems(() => compose(site({ hosts: [{ node: 'n01', ip: '10.0.0.1' }] })))).toEqual([expect.stringContaining(`overlay a, etc/motd.njk ${wanted}`)]);
  });

  test('all mistakes are told at once', () => {
    overlay({ a: { 'etc/motd.njk': '{{ wrong }} {{ node.mac.mack }}', 'etc/x.njk': '{{ node.vpd.serial }}', 'opt/uncovered': '' } });
    expect(problems(() => compose(site()))).toEqual([
      expect.stringContaining('no column mack'), expect.stringContaining('there is no wrong'), expect.stringContaining('etc/x.njk line 1'), expect.stringContaining('no litefile row covers /opt/uncovered'),
    ]);
  });

  test('are filled once for all nodes for which everything they read is the same, and once more for each branch', () => {
    overlay({ a: { 'etc/motd.njk': '{% if "gpu" in node.groups %}rack {{ node.nodepos.rack }}{% else %}plain{% endif %}' } });
    const groups = { nodelist: [['n01', 'gpu'], ['n02', 'gpu'], ['n03', 'gpu'], ['n04', 'cpu'], ['n05', 'cpu']].map(([node = '', group = '']) => ({ node, groups: `${group},all` })), hosts: [] };
    const cluster = site({ ...groups, nodepos: [{ node: 'n01', rack: '7' }, { node: 'n02', rack: '7' }, { node: 'n03', rack: '8' }] });
    const overlays = createOverlays({ files: createFiles() });
    const made = cluster.nodes.map((node) => compose(cluster, node, ['/etc/'], overlays).filter(({ path }) => path === '/etc/motd').map(({ from }) => from[0]));
    expect(made.map(([file]) => made.findIndex(([other]) => other === file))).toEqual([0, 0, 2, 3, 3]);
    expect(made.map(([file]) => file?.entry.content.toString())).toEqual(['rack 7', 'rack 7', 'rack 8', 'plain', 'plain']);
  });

  test('that do not read what is wrong for one node are filled for the others', () => {
    overlay({ a: { 'etc/motd.njk': '{% if node.name == "n01" %}{{ node.disks | length }} disks{% else %}none{% endif %}' } });
    const disklayout = [{ layout: 'good', label: 'scratch', disk: '/dev/vda', number: '1', size: '2G', fstype: 'ext4' }, { layout: 'bad', label: 'scratch', disk: '/dev/vda', number: '1', size: 'much', fstype: 'ext4' }];
    const cluster = site({ disklayout, localdisk: [{ node: 'n01', layout: 'good' }, { node: 'n02', layout: 'bad' }] });
    const overlays = createOverlays({ files: createFiles() });
    expect(['n01', 'n02'].map((node) => texts(compose(cluster, node, ['/etc/'], overlays))['put /etc/motd'])).toEqual(['1 disks', 'none']);
  });

  test('what is the same for all nodes is one archive, and filled once; a change of what it read makes it anew, another one does not', () => {
    overlay({ a: { 'etc/hosts.njk': '{% for n in nodes %}{{ n.ip }} {% endfor %}', 'etc/motd.njk': '{{ node.name }}' } });
    const overlays = createOverlays({ files: createFiles() });
    const past = { rows: policyRows('/etc/'), created: [] };
    const parts = (cluster: Cluster, node: string): readonly string[] => overlays.partsOf(cluster, node, cluster.imageOf(node), past).map(({ kind, hash }) => `${kind} ${hash}`);
    const [one, two] = [parts(site(), 'n01'), parts(site(), 'n02')];
    expect([one.length, one[0] === two[0], one[1] === two[1]]).toEqual([2, true, false]);
    expect(parts(site({ nodepos: [{ node: 'n01', rack: '7' }] }), 'n01')).toEqual(one);
    expect(parts(site({ hosts: [{ node: 'n01', ip: '10.0.0.9' }, { node: 'n02', ip: '10.0.0.2' }] }), 'n01')[0]).not.toBe(one[0]);
    expect(parts(site({ hosts: [{ node: 'n01', ip: '10.0.0.9' }, { node: 'n02', ip: '10.0.0.2' }] }), 'n01')[1]).toBe(one[1]);
  });

  test('a change makes anew only what it touches: templates filled, archives made, plans changed', () => {
    const nodes = Array.from({ length: 40 }, (_, index) => `n${String(index + 1).padStart(2, '0')}`);
    overlay({ a: { 'etc/hosts.njk': '{% for n in nodes %}{{ n.ip }} {{ n.name }}\n{% endfor %}' }, b: { 'etc/hostname.njk': '{{ node.name }}' }, c: { 'etc/fstab.append.njk': '{{ node.disks | length }}' } });
    const at = (more: Readonly<Record<string, readonly Readonly<Record<string, string>>[]>> = {}): Cluster => site({
      nodelist: nodes.map((node) => ({ node, groups: 'all' })), hosts: nodes.map((node, index) => ({ node, ip: `10.0.0.${index + 1}` })), overlays: [{ node: 'all', overlays: 'a,b,c' }],
      disklayout: [{ layout: 'one', label: 'x', disk: '/dev/vda', number: '1', size: '1G', fstype: 'ext4' }], localdisk: [{ node: 'all', layout: 'one' }], ...more,
    });
    let now = 0;
    const overlays = createOverlays({ files: createFiles(), clock: { now: () => now, sleep: () => Promise.resolve() } });
    const rows = policyRows('/etc/');
    const seen = new Set<unknown>();
    const plans = new Map<string, string>();
    /** Of all nodes: templates that were filled, shared and own archives that were not there, plans that are others. */
    const made = (cluster: Cluster): readonly number[] => {
      now += 2000;
      const count = [0, 0, 0, 0];
      const isNew = (what: unknown, place: number): void => {
        if (!seen.has(what)) count[place] = (count[place] ?? 0) + 1;
        seen.add(what);
      };
      for (const node of nodes) {
        const [image, past] = [cluster.imageOf(node), { rows, created: [] }];
        for (const { from } of overlays.effectsOf(cluster, node, image, past)) for (const file of from) if (file.isTemplate) isNew(file, 0);
        const plan = compilePlan(cluster, node, image, rows, () => overlays.partsOf(cluster, node, image, past));
        for (const { kind, hash } of plan.overlays ?? []) isNew(`${kind} ${hash}`, kind === 'shared' ? 1 : 2);
        if (plans.get(node) !== plan.hash) count[3] = (count[3] ?? 0) + 1;
        plans.set(node, plan.hash);
      }
      return count;
    };
    expect(made(at())).toEqual([42, 1, 40, 40]);
    expect(made(at())).toEqual([0, 0, 0, 0]);
    const address = { hosts: nodes.map((node, index) => ({ node, ip: `10.0.${node === 'n07' ? 1 : 0}.${index + 1}` })) };
    expect(made(at(address))).toEqual([1, 1, 0, 40]);
    const layout = { ...address, localdisk: [{ node: 'all', layout: 'one' }, { node: 'n07', layout: 'none' }] };
    expect(made(at(layout))).toEqual([1, 0, 1, 1]);
    plant(join(home, 'overlays/c'), { 'etc/fstab.append.njk': '{{ node.disks | length }}{# the same #}' });
    expect(made(at(layout))).toEqual([2, 0, 0, 0]);
    plant(join(home, 'overlays/c'), { 'etc/fstab.append.njk': '{{ node.disks | length }} disks' });
    expect(made(at(layout))).toEqual([2, 0, 40, 40]);
    plant(join(home, 'overlays/a'), { 'etc/hosts.njk': '{% for n in nodes %}{{ n.ip }} {{ n.name }} \n{% endfor %}' });
    expect(made(at(layout))).toEqual([1, 1, 0, 40]);
  });

  test('a directory whose files come last is laid all the same, with a part that there is anyway', () => {
    overlay({ a: { 'etc/new.d/': { mode: 0o750 }, 'etc/new.d/one.absent.njk': '{{ node.name }}', 'etc/conf.d/two.absent.njk': '{{ node.name }}' } }, { ...IMAGE, 'etc/conf.d/': { mode: 0o700 } });
    const [cluster, overlays, past] = [site(), createOverlays({ files: createFiles() }), { rows: policyRows('/etc/'), created: [] }];
    const image = cluster.imageOf('n01');
    const parts = overlays.partsOf(cluster, 'n01', image, past);
    expect(parts.map(({ kind }) => kind)).toEqual(['own']);
    const entries = parts.flatMap((part) => readTar(splitOwn(overlays.content(cluster, 'n01', image, past, part)?.toString() ?? '').own?.('the plan') ?? Buffer.alloc(0)));
    expect(entries.filter(({ name }) => name.endsWith('.d')).map(({ name, mode }) => [name, mode])).toEqual([
      ['mnt/absent/etc/conf.d', 0o700], ['mnt/absent/etc/new.d', 0o750], ['mnt/overlay/etc/conf.d', 0o700], ['mnt/overlay/etc/new.d', 0o750],
    ]);
    plant(join(home, 'overlays/a'), { 'etc/conf.d/three.njk': '{{ node.name }}', 'etc/new.d/four': '' });
    expect(createOverlays({ files: createFiles() }).partsOf(cluster, 'n01', image, past).map(({ kind }) => kind)).toEqual(['shared', 'own']);
  });

  test('own files go with the plan, packed; nodes with the same ones share what was made', () => {
    overlay({ a: { 'etc/motd.njk': 'group {{ node.groups[0] }}', 'etc/same': 'same' } });
    const past = { rows: policyRows('/etc/'), created: [] };
    const overlays = createOverlays({ files: createFiles() });
    const cluster = site({ nodelist: ['n01', 'n02'].map((node) => ({ node, groups: 'compute,all' })) });
    const [one, two] = ['n01', 'n02'].map((node) => overlays.partsOf(cluster, node, cluster.imageOf(node), past).find(({ kind }) => kind === 'own'));
    if (one === undefined) throw new Error('no own part');
    expect(two).toBe(one);
    const line = overlays.content(cluster, 'n01', cluster.imageOf('n01'), past, one)?.toString() ?? '';
    expect(line).toMatch(/^statelite-own [A-Za-z0-9+/=]+\n$/);
    const archive = splitOwn(`${line}rest`).own?.('the plan') ?? Buffer.alloc(0);
    expect([createHash('sha256').update(archive).digest('hex'), archive.length]).toEqual([one.hash, one.bytes]);
    expect(readTar(archive).filter(({ type }) => type === 'file').map(({ name, content }) => [name, content.toString()])).toEqual([['mnt/overlay/etc/motd', 'group compute']]);
  });

  test.each<[string, Readonly<Record<string, NodeTree>>]>([
    ['files', { a: {
      'etc/hostname.njk': '{{ node.name }}', 'etc/shared': 'same', 'etc/fstab.append': '# same\n', 'etc/motd.append.njk': '{{ node.name }}\n', 'etc/key.njk': { content: '{{ node.name }}', mode: 0o600 }, 'etc/secret': { content: 'same', mode: 0o600 },
      'etc/some.njk': '{% for group in node.groups %}{% file "conf.d/" + group, mode="0755" if node.name == "n04" else "0644" %}{{ node.hosts.ip }}{% endfile %}{% endfor %}', 'etc/conf.d/one.delete': '',
    } }],
    ['a file that another hides', { a: { 'etc/motd.njk': 'a {{ node.name }}\n' }, b: { 'etc/motd.njk': 'b {{ node.name }}\n', 'etc/hosts.absent.njk': 'never {{ node.name }}' } }],
    ['files that are joined', { a: { 'etc/motd.njk': 'a {{ node.name }}\n', 'etc/hostname.njk': '{{ node.name }}' }, b: { 'etc/motd.append.njk': 'b {{ node.name }}\n' } }],
    ['a script and an fstab', { a: { 'etc/hostname.njk': '{{ node.name }}', 'etc/fstab.njk': '# {{ node.name }}\n', 'statelite/init.d/10-own.njk': '#!/bin/sh\necho {{ node.name }}\n' } }],
  ])('what a node gets is the same whichever nodes came before it: %s', (_, trees) => {
    overlay(trees);
    const names = ['n01', 'n02', 'n03', 'n04', 'n05', 'n10000'];
    const cluster = site({
      nodelist: names.map((node, at) => ({ node, groups: at % 2 === 0 ? 'compute,all' : 'rack,all' })), hosts: names.map((node, at) => ({ node, ip: `10.0.0.${at + 1}` })),
      overlays: [{ node: 'all', overlays: Object.keys(trees).join() }],
    });
    const past = { rows: policyRows('/etc/', '/etc/fstab bind'), created: [] };
    const image = cluster.imageOf('n01');
    const got = (node: string, overlays: Overlays): readonly unknown[] => overlays.partsOf(cluster, node, image, past).map((part) => {
      const content = overlays.content(cluster, node, image, past, part) ?? Buffer.alloc(0);
      const archive = splitOwn(content.toString('latin1')).own?.('the plan') ?? content;
      expect([createHash('sha256').update(archive).digest('hex'), archive.length]).toEqual([part.hash, part.bytes]);
      return [part, readTar(archive)];
    });
    const overlays = createOverlays({ files: createFiles() });
    for (const node of [...names, ...names]) expect(got(node, overlays)).toEqual(got(node, createOverlays({ files: createFiles() })));
    expect(new Set(names.map((node) => JSON.stringify(got(node, overlays)))).size).toBe(names.length);
  });

  test.each<[string, NodeTree, RegExp]>([
    ['a script', { 'statelite/init.d/10-own.njk': '{{ "# /bin/sh" if node.name == "n02" else "#!/bin/sh" }}' }, /an init script begins with #!/],
    ['an fstab', { 'etc/fstab.append.njk': 'LABEL=a {{ "/gone" if node.name == "n02" else "/mnt/" }} ext4 x 0 0' }, /it mounts on \/gone/],
  ])('what is wrong with %s of one node is told though the one before it was right', (_, tree, wrong) => {
    overlay({ a: tree });
    const [cluster, overlays, past] = [site(), createOverlays({ files: createFiles() }), { rows: policyRows('/etc/'), created: [] }];
    const parts = (node: string) => (): unknown => overlays.partsOf(cluster, node, cluster.imageOf(node), past);
    expect([problems(parts('n01')), problems(parts('n02')), problems(parts('n01'))]).toEqual([[], [expect.stringMatching(wrong)], []]);
  });

  test('an archive that is remembered no more is made again; of overlays that have changed since there is none', () => {
    overlay({ a: { 'etc/motd.njk': '{{ node.name }}', 'etc/same': 'same' } });
    const past = { rows: policyRows('/etc/'), created: [] };
    const overlays = createOverlays({ files: createFiles() }, 1);
    const cluster = site();
    const image = cluster.imageOf('n01');
    const parts = ['n01', 'n02'].flatMap((node) => overlays.partsOf(cluster, node, image, past).map((part) => [node, part] as const));
    const sums = parts.map(([node, part]) => {
      const content = overlays.content(cluster, node, image, past, part) ?? Buffer.alloc(0);
      return createHash('sha256').update(splitOwn(content.toString('latin1')).own?.('the plan') ?? content).digest('hex');
    });
    expect(sums).toEqual(parts.map(([, { hash }]) => hash));
    plant(join(home, 'overlays/a'), { 'etc/motd.njk': 'I am {{ node.name }}' });
    const [, own] = parts[1] ?? [];
    if (own === undefined) throw new Error('no own part');
    expect(createOverlays({ files: createFiles() }).content(cluster, 'n01', image, past, own)).toBeUndefined();
  });

  test('files that not everybody may read are an archive of their own, never left beside the image', () => {
    overlay({ a: { 'etc/motd': 'm', 'etc/key': { content: 'secret', mode: 0o640 } } });
    const cluster = site();
    const overlays = createOverlays({ files: createFiles() });
    const [image, past] = [cluster.imageOf('n01'), { rows: policyRows('/etc/'), created: [] }];
    const parts = overlays.partsOf(cluster, 'n01', image, past);
    expect(parts.map((part) => [part.kind, overlays.content(cluster, 'n01', image, past, part)?.includes('secret')])).toEqual([['shared', false], ['private', true]]);
  });
});

describe('where files go', () => {
  test('later overlays win, and what they append is joined', () => {
    overlay({ a: { 'etc/hosts': 'a\n', 'etc/motd': 'a\n', 'etc/conf.d/one': 'a' }, b: { 'etc/hosts': 'b\n', 'etc/motd.append': 'b\n', 'etc/conf.d/one.delete': '', 'etc/issue.append': 'b' } });
    expect(texts(compose(site({ overlays: [{ node: 'all', overlays: 'a,b' }] })))).toEqual({ 'put /etc/hosts': 'b\n', 'put /etc/motd': 'a\nb\n', 'delete /etc/conf.d/one': '', 'append /etc/issue': 'b' });
    expect(texts(compose(site({ overlays: [{ node: 'all', overlays: 'b,a' }] })))).toEqual({ 'put /etc/hosts': 'a\n', 'put /etc/motd': 'a\n', 'put /etc/conf.d/one': 'a', 'append /etc/issue': 'b' });
  });

  test('symlinks of the image are followed inside it', () => {
    overlay({ a: { 'lib/firmware/x': 'x' } });
    expect(texts(compose(site(), 'n01', ['/usr/lib/']))).toEqual({ 'put /usr/lib/firmware/x': 'x' });
  });

  test('absent counts only where the image has no such file', () => {
    overlay({ a: { 'etc/motd.absent': 'a', 'etc/new.absent': 'n' } });
    expect(texts(compose(site()))).toEqual({ 'absent /etc/new': 'n' });
  });

  test.each([
    [{ 'opt/x': '' }, ['/etc/'], /no litefile row covers \/opt\/x.*\nchtab image=ALL file=\/opt\/x litefile.options=/],
    [{ 'etc/motd.ww': '' }, ['/etc/hosts'], /no litefile row covers \/etc\/motd.ww.*\na template of Warewulf\? .*\.njk: etc\/motd\.njk$/],
    [{ 'etc/conf.d/x': '' }, ['/etc/conf.d/ ro'], /\/etc\/conf.d\/ \(link,ro\) shows one source as a whole/],
    [{ 'etc/motd.delete': '' }, ['/etc/motd bind'], /cannot be deleted/],
    [{ 'etc/motd.delete': '' }, ['/etc/motd con'], /joins all it finds/],
    [{ 'run/x': '' }, ['/etc/'], /leads to \/run\/x: \/run is made anew/],
    [{ '.statelite/x': '' }, ['/etc/'], /belongs to statelite itself/],
    [{ 'etc/motd/x': '' }, ['/etc/motd'], /cannot be reached in the image: \/etc\/motd is no directory/],
    [{ 'etc/fstab': 'LABEL=x /mnt/scratch ext4 nofail 0 0\n' }, ['/etc/'], /it mounts on \/mnt\/scratch, which is not in the image.*\nchtab image=ALL file=\/mnt\/ /],
    [{ 'statelite/init.d/scratch': '#!/bin/sh\n' }, ['/etc/'], /scratch is no name of an init script: wanted NN-name/],
    [{ 'statelite/init.d/70-x': 'echo\n' }, ['/etc/'], /begins with #!/],
    [{ 'statelite/x': '' }, ['/etc/'], /is no init script/],
    [{ 'etc/a.njk': '', 'etc/a': '' }, ['/etc/'], /both say what \/etc\/a is/],
  ] as readonly [NodeTree, readonly string[], RegExp][])('%j with %j is refused', (tree, rows, wanted) => {
    overlay({ a: tree });
    expect(problems(() => compose(site(), 'n01', rows))).toContainEqual(expect.stringMatching(wanted));
  });

  test('an fstab may mount where the node can make a directory', () => {
    overlay({ a: { 'etc/fstab': 'LABEL=x /mnt/scratch ext4 nofail 0 0\nLABEL=s swap swap sw 0 0\n' } });
    expect(problems(() => compose(site(), 'n01', ['/etc/', '/mnt/']))).toEqual([]);
  });
});

test('every shipped overlay can be made for a node that has all it reads, and a plan that names archives is read as it was written', () => {
  const files = createFiles();
  overlay({}, { ...IMAGE, 'var/log/': '' });
  const names = overlayNames(files, home);
  expect(names).toEqual(['fstab', 'hostname', 'hosts', 'local-log', 'local-scratch', 'networkd', 'networkmanager', 'parted', 'resolv', 'ssh']);
  const rows = policyRows('/etc/', '/mnt/', '/var/log/');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  plant(home, { 'ca/ca.key': privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() });
  for (const name of names) {
    const cluster = site({
      site: [{ key: 'installdir', value: home }, { key: 'master', value: '10.0.0.9' }, { key: 'nameservers', value: '<xcatmaster>, 10.0.0.8' }, { key: 'domain', value: 'lab' }], mac: [{ node: 'n01', mac: '52:54:00:00:00:01' }],
      disklayout: [{ layout: 'image', label: 'scratch', disk: '/dev/vda', number: '1', size: '2G', fstype: 'ext4', mountpoint: '/mnt/scratch', nofail: 'yes' }, { layout: 'image', label: 'swp', disk: '/dev/vda', number: '2', fstype: 'swap', size: '1G' }],
      overlays: [{ node: 'all', overlays: name }],
    });
    const overlays = createOverlays({ files, env: { STATELITE_HOME: home } });
    const plan = compilePlan(cluster, 'n01', cluster.imageOf('n01'), rows, () => overlays.partsOf(cluster, 'n01', cluster.imageOf('n01'), { rows, created: [] }));
    expect(createPlanReader()(renderPlan(plan), 'plan').overlays).toEqual(plan.overlays);
    const all = texts(overlays.effectsOf(cluster, 'n01', cluster.imageOf('n01'), { rows, created: [] }));
    expect(Object.keys(all).length).toBeGreaterThan(0);
    expect(files.readText(asset(`add-on/overlays/.about/${name}`))).toMatch(/^.+\nneeds .+\n$/);
    if (name === 'ssh') expect(plan.overlays?.map(({ kind }) => kind)).toEqual(['shared', 'own', 'private']);
    if (name === 'fstab') expect(all).toEqual({ 'append /etc/fstab': 'LABEL=scratch /mnt/scratch ext4 defaults,nofail 0 0\nLABEL=swp swap swap defaults 0 0\n' });
    if (name === 'resolv') expect(all).toEqual({ 'put /etc/resolv.conf': 'search lab\nnameserver 10.0.0.9\nnameserver 10.0.0.8\n' });
    if (name === 'hosts') expect(all['put /etc/hosts']).toMatch(/\n10\.0\.0\.1 n01\.lab n01 one first\n10\.0\.0\.2 n02\.lab n02\n$/);
  }
});

describe('init scripts', () => {
  const text = Buffer.from('#!/bin/sh\nif [ $? == 0 ]\nthen\n  echo [ a == b ] # text\nfi\n');
  test('for /bin/sh that need bash are found', () => {
    expect(bashismsOf(text).map(({ line }) => line)).toContain(2);
    expect([bashismsOf(Buffer.from('#!/bin/sh\n[ a = b ]\n')), bashismsOf(Buffer.from('#!/bin/bash\n[ a == b ]\n'))]).toEqual([[], []]);
  });
  test('have what the node\'s own row says of them, else its first group', () => {
    const cluster = site({ nodelist: [{ node: 'n01', groups: 'compute,all' }], overlays: [{ node: 'all', scripts: '70-a=must:5,80-b=warn' }, { node: 'compute', scripts: '80-b=must:0, 90-c=warn:60' }, { node: 'n01', scripts: '90-c=must' }] });
    expect(scriptRulesOf(cluster, 'n01').map((rule) => `${rule.name} ${scriptRuleText(rule)}`)).toEqual(['70-a must, ended after 5 s', '80-b must, never ended', '90-c must']);
  });
  test('that the table names are refused when no overlay has them, and in a node\'s own row when none brings them to it', () => {
    overlay({ a: { 'statelite/init.d/70-mkfs.njk': '#!/bin/sh\n' } });
    const wrong = (node: string, scripts: string, overlays: Readonly<Record<string, string>> = {}): readonly string[] => problems(() => compose(site({ overlays: [{ node: 'all', overlays: 'a' }, { node, scripts, ...overlays }] })));
    expect([wrong('n01', '70-mkfs=must'), wrong('compute', '70-mkfs=must')]).toEqual([[], []]);
    expect(wrong('compute', '70-mkfss=must')).toEqual([expect.stringMatching(/^overlays row node=compute: scripts names the init script 70-mkfss, which no overlay has\ndid you mean 70-mkfs\? liteoverlay list <overlay>/)]);
    expect(wrong('n01', '70-mkfss=must')).toEqual([expect.stringMatching(/^overlays row node=n01: scripts names the init script 70-mkfss, which no overlay brings to n01\ndid you mean 70-mkfs\? liteoverlay show -r n01/)]);
    expect(wrong('n01', '70-mkfs=must', { overlays: '~a' })).toEqual([expect.stringMatching(/70-mkfs, which no overlay brings to n01/)]);
    expect(wrong('compute', '70-mkfs=maybe,70-mkfs')).toEqual([expect.stringMatching(/^overlays row node=compute: scripts: '70-mkfs=maybe' is not NN-name=must or/)]);
  });
  test('of a group hinder no node of it that goes without them', () => {
    overlay({ a: { 'statelite/init.d/70-mkfs': '#!/bin/sh\n', 'etc/motd': 'a' }, b: {} });
    const scripts = '70-mkfs=must,70-mkfs-local-scratch=must';
    for (const own of ['~a', '~a,b']) expect(problems(() => compose(site({ overlays: [{ node: 'all', overlays: 'a', scripts }, { node: 'n01', overlays: own }] })))).toEqual([]);
    expect(problems(() => compose(site({ overlays: [{ node: 'all', scripts }] })))).toEqual([]);
  });
  test('are refused where the image has no bash, naming the line', () => {
    overlay({ a: { 'statelite/init.d/70-x': text.toString() } }, { 'etc/': '' });
    expect(problems(() => compose(site()))).toEqual([expect.stringMatching(/70-x: line 2 has == in \[ \].*the image has no bash/)]);
  });
});

test('an archive gives back what was put in, names and attributes of any kind', () => {
  const name = fc.array(fc.stringMatching(/^[^/\0]{1,60}$/).filter((part) => part !== '.' && part !== '..'), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
  const entry = fc.record({
    name, type: fc.constantFrom('file' as const, 'directory' as const, 'symlink' as const), mode: fc.integer({ min: 0, max: 0o7777 }), uid: fc.constantFrom(0, 1000, 4_000_000_000), gid: fc.constantFrom(0, 65_534), mtime: fc.integer({ min: 0, max: 2 ** 31 }),
    content: fc.uint8Array({ maxLength: 1500 }), target: fc.stringMatching(/^[^\0\n]{1,150}$/), xattr: fc.option(fc.uint8Array({ minLength: 1, maxLength: 40 })),
  }).map(({ type, content, target, xattr, ...rest }): TarEntry => ({ ...rest, type, content: type === 'file' ? Buffer.from(content) : Buffer.alloc(0), ...(type === 'symlink' ? { target } : {}), ...(xattr === null ? {} : { xattrs: { 'user.x': Buffer.from(xattr) } }) }));
  fc.assert(fc.property(fc.uniqueArray(entry, { selector: (one) => one.name, maxLength: 6 }), (entries) => {
    expect(readTar(writeTar(entries))).toEqual(entries);
    expect(writeTar(entries).equals(writeTar(entries))).toBe(true);
  }));
});
