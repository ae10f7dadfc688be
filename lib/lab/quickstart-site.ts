import { join } from 'node:path';
import { asset } from '../system/assets.ts';
import type { RunResult } from '../system/processes.ts';

/** Runs one statelite command as an admin would; output is kept, a failure throws. */
export type Command = (...words: readonly string[]) => Promise<RunResult>;

/** The example site of the quickstart: two nodes in two rooms, all of its files below one directory. */
export interface QuickstartSite {
  readonly home: string;
  readonly image: string;
  readonly master: string;
  readonly nodes: readonly { readonly name: string; readonly ip: string; readonly mac: string; readonly room: string; readonly motd: string }[];
  /** rootimg of the image. */
  readonly root: string;
  readonly imageDirectory: string;
  readonly state: string;
  readonly trees: string;
  readonly common: string;
  /** Rows beyond the samples, one of each kind. */
  readonly persistentFile: string;
  readonly persistentDirectory: string;
}

export function quickstartSite(home: string): QuickstartSite {
  const imageDirectory = join(home, 'install/netboot/debian12/x86_64/compute');
  return {
    home, imageDirectory,
    image: 'debian12-x86_64-compute',
    master: '10.30.0.1',
    nodes: [
      { name: 'n01', ip: '10.30.0.11', mac: '52:54:00:30:00:11', room: 'newyork-590Madison', motd: 'Welcome to New York.' },
      { name: 'n02', ip: '10.30.0.12', mac: '52:54:00:30:00:12', room: 'shanghai-11foo', motd: '欢迎来到上海' },
    ],
    root: join(imageDirectory, 'rootimg'),
    state: join(home, 'state'),
    trees: join(home, 'syncdirs'),
    common: join(home, 'common'),
    persistentFile: '/etc/license.key',
    persistentDirectory: '/var/lib/database/',
  };
}

/** The commands an admin would type to describe the site, in order. */
export function siteCommands({ home, master, nodes, state, trees, common, persistentFile, persistentDirectory }: QuickstartSite): readonly (readonly string[])[] {
  return [
    ['chtab', 'key=installdir', `site.value=${join(home, 'install')}`],
    ['chtab', 'key=tftpdir', `site.value=${join(home, 'tftpboot')}`],
    ['chtab', 'key=master', `site.value=${master}`],
    ...nodes.map(({ name, ip, mac, room }) => ['mkdef', '-f', '-t', 'node', name, 'groups=compute,all', `ip=${ip}`, `mac=${mac}`, `room=${room}`, 'netboot=pxe', 'mgt=lab']),
    ['chtab', 'node=compute', `noderes.nfsserver=${master}`, `noderes.xcatmaster=${master}`, 'nodehm.serialport=0', 'nodehm.serialspeed=115200'],
    ['tabrestore', '-a', asset('tables/samples/litefile.csv')],
    ['tabrestore', '-a', asset('tables/samples/debian/litefile.csv')],
    ['chtab', 'image=ALL', `file=${persistentFile}`, 'litefile.options=persistent'],
    ['chtab', 'image=ALL', `file=${persistentDirectory}`, 'litefile.options=persistent'],
    ['chtab', 'image=ALL', 'file=/etc/motd', 'litefile.options='],
    ['chtab', 'image=ALL', 'file=/etc/hosts', 'litefile.options=con'],
    ['chtab', 'image=ALL', 'file=/etc/issue.net', 'litefile.options=ro'],
    ['chtab', 'priority=1', `litetree.directory=${master}:${trees}/$nodepos.room/$nodetype.os/$nodetype.arch/$nodetype.profile`],
    ['chtab', 'priority=2', `litetree.directory=$noderes.nfsserver:${common}`],
    ['chtab', 'node=compute', `statelite.statemnt=${master}:${state}`],
  ];
}

/** Files of the site's trees: path to content. */
export function siteFiles({ nodes, trees, common, state, master }: QuickstartSite): Readonly<Record<string, string>> {
  return {
    ...Object.fromEntries(nodes.map(({ room, motd }) => [join(trees, room, 'debian12/x86_64/compute/etc/motd'), `${motd}\n`])),
    [join(common, 'etc/motd')]: 'This motd has the lower priority and must not be seen.\n',
    [join(common, 'etc/hosts')]: [`${master} mgt`, ...nodes.map(({ name, ip }) => `${ip} ${name}`), ''].join('\n'),
    [join(common, 'etc/issue.net')]: 'Served read-only from the common tree.\n',
    [join(state, '.keep')]: '',
  };
}
